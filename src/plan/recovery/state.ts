import type { RecoveryFacts } from '../../cluster/recovery.ts'
import type { Snapshot } from '../../cluster/snapshot.ts'
import type { FailureReason } from '../../failure.ts'
import type { NodeFacts } from '../../node/node.ts'
import type { Version } from '../../versions/version.ts'
import type { Copy } from './manifests.ts'

/** One control plane node with all that recovery looks at. */
export interface RecoveryNode {
  name: string
  /** The control plane node that `kubeadm upgrade apply` runs on. */
  primary: boolean
  facts: NodeFacts
  recovery: RecoveryFacts
}

/** What a diagnosis is made from. */
export interface RecoveryInput {
  /** All control plane nodes of the inventory. */
  nodes: readonly RecoveryNode[]
  /** undefined: no API server answered. */
  snapshot: Snapshot | undefined
  /** The policy allows to replace data of etcd. */
  confirmRestore: boolean
}

/** The states that recovery knows, in words. */
export const stateTitles = {
  'nothing-wrong': 'Nothing is wrong',
  'half-way': 'An upgrade stopped half-way',
  'rolled-back': 'kubeadm gave up and put the old control plane back',
  'kubelet-stopped': 'The kubelet does not run',
  'manifest-missing': 'A static pod manifest is missing or broken',
  'component-down': 'A component of the control plane does not come up',
  'etcd-member-broken': 'A member of a living etcd cluster is broken',
  'etcd-data-lost': 'The data of the only etcd member are lost or unreadable',
  'etcd-quorum-lost': 'etcd has lost its quorum for good',
  'not-understood': 'The state is not understood',
} as const

export type StateId = keyof typeof stateTitles

/** Where etcd's data come from, best first. */
export interface DataSource {
  kind: 'member' | 'snapshot' | 'kubeadm-copy'
  node: string
  /** Name of the snapshot or of kubeadm's folder; empty for the data of a member. */
  name: string
  revision: number | undefined
  /** Milliseconds since the epoch; undefined for the data of a member. */
  changed: number | undefined
}

/** A documented way out, with everything that it needs. */
export type Way =
  | { kind: 'start-kubelet'; node: string }
  | { kind: 'restore-manifests'; node: string; copies: readonly Copy[] }
  | { kind: 'kubeadm-again'; node: string; action: 'apply' | 'node'; version: Version; installed: Version }
  | { kind: 'rejoin-member'; node: string; driver: string; manifest: string; apiServer: string | undefined }
  | {
      kind: 'restore-etcd'
      node: string
      others: readonly string[]
      source: DataSource
      manifest: string
      apiServer: string | undefined
      version: Version
    }

/** What was found, and the way out. */
export interface Diagnosis {
  state: StateId
  node: string | undefined
  /** What was seen, sentences. May hold text of nodes. */
  seen: string
  /** What is done about it, or what a person has to do. */
  todo: string
  /** undefined: recovery does nothing, since nothing is needed (`nothing-wrong`, `half-way`, `rolled-back`), or it stops. */
  way: Way | undefined
  /** It may pass by itself: containers take their time to start. */
  mayPass: boolean
  /** `failure-reason` when recovery stops here. */
  reason: FailureReason
}

/** A diagnosis without a way out: recovery stops. */
export function stop(
  state: StateId,
  node: string | undefined,
  seen: string,
  todo: string,
  more: Partial<Diagnosis> = {},
): Diagnosis {
  return {
    state,
    node,
    seen,
    todo,
    way: undefined,
    mayPass: false,
    reason: 'control-plane-unhealthy',
    ...more,
  }
}

/** States in which there is nothing for recovery to do. */
export function isCalm({ state }: Diagnosis): boolean {
  return state === 'nothing-wrong' || state === 'half-way' || state === 'rolled-back'
}
