import type { Clock } from '../clock.ts'
import type { Lock } from '../cluster/lock.ts'
import type { Inventory, InventoryNode } from '../inventory/inventory.ts'
import type { Policy } from '../inventory/policy.ts'
import type { Approval } from '../plan/approval.ts'
import type { Runner } from '../plan/observed.ts'
import type { Decisions } from '../plan/decisions.ts'
import type { MaxUnavailable } from '../plan/plan.ts'
import type { Phase } from '../report/model.ts'
import type { ImageArchive } from '../node/images.ts'
import type { Recorder } from '../report/recorder.ts'
import type { Remote } from '../ssh/remote.ts'
import type { VersionRequest } from '../versions/request.ts'

/** Where people read what happens. Implementations neutralise: texts may come from nodes. */
export interface Log {
  info(line: string): void
  /** Output of a command on a node, in pieces as it arrives. */
  output(node: string, text: string): void
  group<T>(title: string, action: () => Promise<T>): Promise<T>
}

/** Everything that a phase is given: the wishes, the way to the nodes, and who is told. */
export interface Run {
  phase: Phase
  /** undefined: the version that kubeadm-config names (only verify allows it). */
  request: VersionRequest | undefined
  inventory: Inventory
  policy: Policy
  maxUnavailable: MaxUnavailable
  planDigest: string | undefined
  /** That plan, where its document is at hand: to say what differs, and for the versions on the way. */
  approved: { decisions: Decisions; hops: readonly { readonly to: string }[] } | undefined
  /** Names that the phase is limited to; undefined: all. */
  selection: readonly string[] | undefined
  dryRun: boolean
  clock: Clock
  log: Log
  recorder: Recorder
  /** The way to a node; connects on first use. */
  connect(node: InventoryNode): Remote
  /** Runs a shell command of the policy on the runner; `node` is told to it as KUBEADM_UPGRADE_NODE. Timeout: milliseconds. */
  runOnRunner(
    command: string,
    options: { node: string; timeout: number },
  ): Promise<{ code: number; output: string }>
  /** The archive of `images.archive`; undefined when the policy names none. @throws {Failure} `invalid-input` */
  openImageArchive(): Promise<ImageArchive | undefined>
  /** The approval on GitHub that the control plane waits for; undefined outside of GitHub. Never throws. */
  readApproval(): Promise<Approval | undefined>
  /** The lock of the cluster: taken before the first change, confirmed before every step. */
  lock: Lock
  /** Jobs on nodes of which it is not known that they have ended: the lock is kept for them. */
  unfinished: Set<string>
  /** Someone cancelled: no new step begins. */
  aborted(): boolean
  /** The machine that this runs on; undefined: not known. */
  runner?: Runner | undefined
  /** Address of the workflow run, for marks that we leave; empty outside GitHub. */
  runUrl: string
}

/** The inventory's entry of a node, by name. */
export function entryOf(run: Run, name: string): InventoryNode {
  const entry = run.inventory.nodes.find((node) => node.name === name)
  if (entry === undefined) throw new Error(`${name} is not in the inventory`)
  return entry
}

/** The way to a node of the inventory, by name. */
export function remoteOf(run: Run, name: string): Remote {
  return run.connect(entryOf(run, name))
}

/** Names of the control plane nodes, in the inventory's order: the primary first. */
export function controlPlaneNames(run: Run): string[] {
  return run.inventory.nodes.filter((node) => node.role === 'control-plane').map((node) => node.name)
}
