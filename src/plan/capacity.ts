import type { ClusterNode, Taint } from '../cluster/snapshot.ts'
import { matches } from '../cluster/selector.ts'
import type { NodeRequirement, NodeTerm, Pod, PodShape, Resources, Toleration } from '../cluster/workloads.ts'

/** A pod that would not find a place, and what keeps it from one. */
export interface Homeless {
  pod: Pod
  why: string
}

/**
 * The pods of `leaving` that would find no place on the other nodes, as far as can be told: by requests, taints, node selectors,
 * required node affinity and required anti-affinity within a node. The largest are placed first, each on the first node that
 * takes it: like a scheduler that packs tightly, so that what is told really does not fit, or only just.
 * @param moving pods that need a place; @param pods all pods of the cluster
 */
export function findHomeless(
  nodes: ReadonlyMap<string, ClusterNode>,
  pods: readonly Pod[],
  leaving: ReadonlySet<string>,
  moving: readonly Pod[],
): Homeless[] {
  const places = placesOf(nodes, pods, leaving)
  const eligible = new Map<PodShape, Place[]>()
  const size = ({ shape }: Pod): number =>
    (shape.requests['memory'] ?? 0) + (shape.requests['cpu'] ?? 0) * 1024 ** 3
  return moving
    .toSorted((a, b) => size(b) - size(a))
    .flatMap((pod) => {
      const candidates = eligible.get(pod.shape) ?? places.filter(({ node }) => accepts(node, pod.shape))
      eligible.set(pod.shape, candidates)
      const place = candidates.find((one) => fits(one.free, pod.shape) && !apart(one.pods, pod))
      if (place === undefined) return [{ pod, why: reason(candidates, pod) }]
      take(place, pod)
      return []
    })
}

interface Place {
  node: ClusterNode
  free: Record<string, number>
  pods: Pod[]
}

/** Nodes that take pods now and stay, with what is left of them. */
function placesOf(
  nodes: ReadonlyMap<string, ClusterNode>,
  pods: readonly Pod[],
  leaving: ReadonlySet<string>,
): Place[] {
  const places = new Map<string, Place>()
  for (const node of nodes.values())
    if (node.ready && !node.unschedulable && !leaving.has(node.name))
      places.set(node.name, { node, free: { ...node.allocatable }, pods: [] })
  for (const pod of pods) {
    const place = places.get(pod.node)
    if (place !== undefined) take(place, pod)
  }
  return [...places.values()]
}

function take({ free, pods }: Place, pod: Pod): void {
  for (const [name, amount] of Object.entries(pod.shape.requests)) free[name] = (free[name] ?? 0) - amount
  free['pods'] = (free['pods'] ?? 0) - 1
  pods.push(pod)
}

/** A node that says nothing of what it has takes every pod. */
function fits(free: Readonly<Record<string, number>>, { requests }: PodShape): boolean {
  return missingResource(free, requests) === undefined
}

function missingResource(free: Readonly<Record<string, number>>, requests: Resources): string | undefined {
  if (free['cpu'] === undefined) return undefined
  if ((free['pods'] ?? 1) < 1) return 'pods'
  // Sums of quantities such as 0.1 are not exact.
  return Object.entries(requests).find(
    ([name, amount]) => amount > 0 && amount > (free[name] ?? 0) + 1e-6,
  )?.[0]
}

function reason(candidates: readonly Place[], pod: Pod): string {
  if (candidates.length === 0)
    return 'no other node that takes pods has what its selector, affinity or tolerations ask for'
  const lacking = candidates.flatMap((one) => missingResource(one.free, pod.shape.requests) ?? [])
  if (lacking.length === 0) return 'every other node has a pod that it keeps away from'
  return `not enough ${[...new Set(lacking)].toSorted().join(' and ')} on the other nodes`
}

/** Whether a node's labels and taints let a pod in. */
function accepts(node: ClusterNode, shape: PodShape): boolean {
  return (
    Object.entries(shape.nodeSelector).every(([key, value]) => node.labels[key] === value) &&
    (shape.nodeTerms === undefined || shape.nodeTerms.some((term) => termHolds(term, node))) &&
    node.taints.every((taint) => taint.effect === 'PreferNoSchedule' || tolerated(taint, shape.tolerations))
  )
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
    if (key === undefined || key === '') return operator === 'Exists'
    return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''))
  })
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity; an empty term matches nothing. */
function termHolds({ matchExpressions = [], matchFields = [] }: NodeTerm, node: ClusterNode): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  return (
    matchExpressions.every((one) => requirementHolds(one, node.labels[one.key])) &&
    matchFields.every((one) => requirementHolds(one, one.key === 'metadata.name' ? node.name : undefined))
  )
}

function requirementHolds({ operator, values = [] }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return Number(value) > Number(values[0])
    case 'Lt':
      return Number(value) < Number(values[0])
    default:
      // An operator of a later Kubernetes: nothing is told rather than something wrong.
      return true
  }
}

/** Required anti-affinity within one node; that across zones and the like is not looked at. */
function apart(present: readonly Pod[], pod: Pod): boolean {
  return pod.shape.antiAffinity.some(
    ({ topologyKey, labelSelector, namespaces = [pod.namespace] }) =>
      topologyKey === 'kubernetes.io/hostname' &&
      labelSelector !== undefined &&
      present.some((one) => namespaces.includes(one.namespace) && matches(labelSelector, one.shape.labels)),
  )
}
