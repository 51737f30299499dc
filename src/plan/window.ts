import type { ClusterNode, Snapshot } from '../cluster/snapshot.ts'
import type { Plan, PlannedNode } from './plan.ts'
import { missing } from './steps.ts'

/** The workers that are left, in the order in which they are started, and what is out of service before the first one. */
export interface Window {
  /** Names; those that are out of service already come first: they use a slot anyway. */
  order: string[]
  /** Of these, the ones that are out of service now. */
  returning: string[]
  /** Workers that are out of service and that this upgrade does not bring back: each uses a slot for good. */
  taken: string[]
}

/** Whether a node takes no pods now: cordoned or not Ready, whoever did it. */
export function isOut(node: ClusterNode | undefined): boolean {
  return node === undefined || node.unschedulable || !node.ready
}

/** The window over the whole cluster, from the plan's workers and the cluster. Pure. @param selected names of this job */
export function planWindow(
  workers: readonly PlannedNode[],
  snapshot: Snapshot,
  selected: readonly string[],
): Window {
  const left = workers.filter((node) => selected.includes(node.name) && missing(node.steps ?? []).length > 0)
  const names = left.map((node) => node.name)
  const out = workers.map((node) => node.name).filter((name) => isOut(snapshot.nodes.get(name)))
  // Cordoned by someone else, it is upgraded but stays cordoned: its slot does not come back.
  const returning = out.filter((name) => names.includes(name))
  return {
    order: names.toSorted((a, b) => Number(returning.includes(b)) - Number(returning.includes(a))),
    returning,
    taken: out.filter((name) => !names.includes(name)),
  }
}

/**
 * The workers that the policy lets go first and alone: by their place in the plan, whether they are done or not, so that jobs
 * of one matrix agree on them and nobody becomes a canary because another one has finished. Pure.
 */
export function canariesOf({ nodes, policy }: Pick<Plan, 'nodes' | 'policy'>): string[] {
  const workers = nodes.filter((node) => node.role === 'worker').map((node) => node.name)
  return workers.slice(0, policy.workers.canary)
}
