/** The closed list of `failure-reason` (docs/failure-reasons.md). A new one is added here and in the docs first. */
export const failureReasons = [
  'invalid-input',
  'unreachable-node',
  'host-key-mismatch',
  'authentication-failed',
  'connection-lost',
  'inventory-mismatch',
  'version-not-found',
  'unsupported-version-skew',
  'precondition-failed',
  'plan-changed',
  'cluster-locked',
  'drain-blocked',
  'package-error',
  'kubeadm-failed',
  'node-not-ready',
  'control-plane-unhealthy',
  'etcd-unhealthy',
  'gate-failed',
  'failure-budget-exceeded',
  'verify-failed',
  'cancelled',
  'internal-error',
] as const

export type FailureReason = (typeof failureReasons)[number]

export interface FailureDetails {
  /** Name of the node it happened on. */
  node?: string
  /** Id of the step that was being done. */
  step?: string
  /** What was observed, a few lines at most; may hold text of a node, so it is neutralised where it is printed. */
  seen?: string
  /** What a person can do now, as a sentence. */
  next?: string
  cause?: unknown
}

/** An expected failure: the reason for programs, the message, what was seen and the next step for people. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly reason: FailureReason
  readonly node: string | undefined
  readonly step: string | undefined
  readonly seen: string | undefined
  readonly next: string | undefined

  constructor(reason: FailureReason, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.reason = reason
    this.node = details.node
    this.step = details.step
    this.seen = details.seen
    this.next = details.next
  }
}

/** `error` as a Failure; whatever was not foreseen is an internal error that keeps its cause. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const message = error instanceof Error ? error.message : String(error)
  return new Failure('internal-error', message, {
    cause: error,
    next: 'This is a defect of kubeadm-upgrade. Please report it with the log of a run with debug logging.',
  })
}
