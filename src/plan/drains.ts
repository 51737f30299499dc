import type { Budget } from '../cluster/forecast.ts'
import type { Snapshot } from '../cluster/snapshot.ts'
import { matches } from '../cluster/selector.ts'
import type { Pod } from '../cluster/workloads.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { Policy } from '../inventory/policy.ts'
import { minorOf, type Version } from '../versions/version.ts'

/** Names of the nodes whose kubelet this upgrade is going to move, and that are drained for it; in the inventory's order. */
export function nodesToDrain(
  inventory: Inventory,
  snapshot: Snapshot,
  policy: Policy,
  target: Version,
): string[] {
  return inventory.nodes
    .map((entry) => snapshot.nodes.get(entry.name))
    .filter((node) => node !== undefined)
    .filter(({ kubeletVersion: running }) => {
      if (running === target) return false
      return policy.drain.onPatch || running === undefined || minorOf(running) !== minorOf(target)
    })
    .map((node) => node.name)
}

/** `namespace/name`. */
export function podName({ namespace, name }: Pod): string {
  return `${namespace}/${name}`
}

/** Whether a drain evicts the pod: static pods, those of DaemonSets and those that are ending anyway stay out of it. */
export function isEvicted(pod: Pod): boolean {
  return (
    !pod.mirror && !pod.ending && pod.shape.owner?.kind !== 'DaemonSet' && pod.shape.owner?.kind !== 'Node'
  )
}

/** The pods that the drains evict: node → pods. Nodes without such pods are left out. */
export function evictedPods(pods: readonly Pod[], drained: readonly string[]): Map<string, Pod[]> {
  const nodes = new Set(drained)
  return Map.groupBy(
    pods.filter((pod) => nodes.has(pod.node) && isEvicted(pod)),
    (pod) => pod.node,
  )
}

/** The budgets that protect a pod. */
export function budgetsOf(pod: Pod, budgets: readonly Budget[]): Budget[] {
  return budgets.filter((one) => one.namespace === pod.namespace && matches(one.selector, pod.shape.labels))
}

/**
 * The pods whose eviction is worth a question, most telling first: those that a budget with nothing left protects, then one
 * of each controller, then the others. What comes last may be beyond what can be asked.
 * @returns `namespace/name`
 */
export function evictionsToAsk(
  evicted: ReadonlyMap<string, readonly Pod[]>,
  budgets: readonly Budget[],
): string[] {
  const pods = [...evicted.values()].flat()
  const controllers = new Set<string>()
  const rank = new Map(
    pods.map((pod) => {
      const protectors = budgetsOf(pod, budgets)
      const controller = `${pod.namespace} ${pod.shape.owner?.kind ?? ''} ${pod.shape.owner?.name ?? pod.name}`
      const first = !controllers.has(controller)
      controllers.add(controller)
      const blocked = protectors.length > 1 || protectors.some((budget) => budget.allowed < 1)
      return [pod, blocked ? 0 : first ? 1 : 2]
    }),
  )
  return pods.toSorted((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)).map(podName)
}
