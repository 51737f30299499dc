import type { FailureReason } from '../failure.ts'
import type { Role } from '../inventory/inventory.ts'
import type { Finding } from '../plan/finding.ts'
import type { NodeVersions, Plan } from '../plan/plan.ts'
import type { Version } from '../versions/version.ts'

export type Phase = 'plan' | 'control-plane' | 'workers' | 'verify' | 'recover' | 'cleanup' | 'upgrade'

/** The output `result`. */
export type Result =
  'planned' | 'checked' | 'unchanged' | 'upgraded' | 'recovered' | 'cleaned' | 'blocked' | 'failed'

export interface StepReport {
  id: string
  /** The hop's version that it belongs to; undefined: to none, as in recover and cleanup. */
  version: Version | undefined
  state: 'done' | 'skipped' | 'failed'
  why: string
  /** Milliseconds since the epoch, the runner's clock. */
  startedAt: number
  milliseconds: number
}

export interface NodeReport {
  name: string
  role: Role
  /** skipped: the policy goes on without it, see `skipped`. */
  state: 'planned' | 'unchanged' | 'upgraded' | 'recovered' | 'cleaned' | 'skipped' | 'failed' | 'not-started'
  before: NodeVersions
  after: NodeVersions | undefined
  /** Why the policy went on without this node. */
  skipped?: { reason: FailureReason; message: string; seen: string | undefined }
  steps: StepReport[]
  /** When it went out of service (cordon, or the kubelet's restart), milliseconds since the epoch; undefined: never. */
  outSince: number | undefined
  /** Milliseconds until it was Ready and uncordoned again; undefined while it is not. */
  outOfService: number | undefined
}

/** What a plan without a connection was about. */
export interface OfflineReport {
  cluster: string | undefined
  /** As the input says it: nothing was resolved. */
  version: string
  controlPlanes: number
  workers: number
  /** More workers may be in the cluster. */
  discoverWorkers: boolean
}

/** A line of the proof at the end. */
export interface Check {
  name: string
  node: string | undefined
  passed: boolean
  seen: string
}

/** Something that a finished upgrade left on a node and that phase cleanup removes. */
export interface LeftoverReport {
  node: string
  path: string
  KiB: number
  /** Milliseconds since the epoch, the node's clock. */
  changed: number
}

/** A folder or snapshot on a node that something could be recovered from. */
export interface BackupReport {
  node: string
  name: string
  /** In words: components with versions, data of etcd with their revision. */
  holds: string
  KiB: number
  /** Milliseconds since the epoch, the node's clock. */
  changed: number
}

/** What phase recover found, in the order in which it found it, and what it did about it. */
export interface RecoveryReport {
  steps: { state: string; title: string; node: string | undefined; seen: string; todo: string }[]
  backups: BackupReport[]
}

export interface FailureReport {
  reason: FailureReason
  message: string
  node: string | undefined
  step: string | undefined
  seen: string | undefined
  next: string | undefined
}

/** The whole run, as JSON at `report` and as the job summary. Texts may come from nodes: neutralise before printing. */
export interface Report {
  schema: 1
  phase: Phase
  result: Result
  failure: FailureReport | undefined
  startedAt: number
  finishedAt: number
  plan: Plan | undefined
  /** Instead of the plan, where nothing could be connected to: a pull request of a fork gets no key. */
  offline: OfflineReport | undefined
  findings: Finding[]
  /** Holder of the lock that this run was told to break. */
  brokenLock: string | undefined
  nodes: NodeReport[]
  checks: Check[]
  /** What phase cleanup removed, or would remove. */
  leftovers: LeftoverReport[]
  /** Empty but in phase recover. */
  recovery: RecoveryReport
}
