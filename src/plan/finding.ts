import type { FailureReason } from '../failure.ts'

/** `blocks`: nothing is changed until it is gone or accepted. `warns`: read it before you approve. `tells`: good to know. */
export type Severity = 'blocks' | 'warns' | 'tells'

/** Something the plan noticed. Ids are stable: policies accept findings by id (docs/findings.md). */
export interface Finding {
  id: string
  severity: Severity
  /** The node it is about; undefined: the cluster. */
  node: string | undefined
  /** What was seen, one sentence. May hold text of a node. */
  seen: string
  /** What to do, one sentence. */
  remedy: string
  /** `failure-reason` of a run that a blocking finding stops. */
  reason: FailureReason
  /** The policy's reason for accepting it; an accepted finding no longer blocks. */
  accepted: string | undefined
}

/** The finding that stops the run: the first that blocks and is not accepted. */
export function blocking(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === 'blocks' && finding.accepted === undefined)
}

/** A finding that stops the run with `reason` until it is gone or accepted. */
export function blocks(
  id: string,
  reason: FailureReason,
  node: string | undefined,
  seen: string,
  remedy: string,
): Finding {
  return { id, severity: 'blocks', node, seen, remedy, reason, accepted: undefined }
}

/** A finding that does not stop the run. */
export function notice(
  id: string,
  severity: Severity,
  node: string | undefined,
  seen: string,
  remedy: string,
): Finding {
  return { id, severity, node, seen, remedy, reason: 'precondition-failed', accepted: undefined }
}
