import type { Cluster } from './cluster.ts'
import { serversBehind } from './control-plane.ts'
import { nodeReady } from './kubelet.ts'
import { Refused } from './store.ts'

/** A pod that is not a static one. Times: milliseconds since the epoch. */
export interface Pod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  /** Name of what would start it again; undefined: a bare pod. */
  readonly owner: string | undefined
  readonly daemonSet?: boolean
  readonly emptyDir?: boolean
  /** undefined: Pending, no node takes it. */
  node: string | undefined
  readyAt: number
  /** 0: it is not ending. */
  gone: number
}

/** A Deployment, or something like it. */
export interface Workload {
  readonly namespace: string
  readonly name: string
  readonly replicas: number
  readonly labels: Readonly<Record<string, string>>
  /** Tolerates the control plane's taint. */
  readonly controlPlane: boolean
  readonly emptyDir?: boolean
}

/** Seconds that a pod takes to end, and to be ready after it was placed. */
const endsAfter = 3
const readyAfter = 5

/** Controllers and scheduler: ended pods go, missing ones are made, waiting ones are placed. */
export function settleWorkloads(cluster: Cluster): void {
  const now = cluster.time.now()
  for (let at = cluster.pods.length - 1; at >= 0; at--) {
    const pod = cluster.pods[at]
    if (pod !== undefined && pod.gone > 0 && pod.gone <= now) cluster.pods.splice(at, 1)
  }
  for (const workload of cluster.workloads) {
    const alive = cluster.pods.filter((pod) => belongs(pod, workload) && pod.gone === 0)
    for (let count = alive.length; count < workload.replicas; count++)
      cluster.pods.push(newPod(cluster, workload))
  }
  for (const pod of cluster.pods) if (pod.node === undefined) place(cluster, pod)
}

function belongs(pod: Pod, workload: Workload): boolean {
  return pod.namespace === workload.namespace && pod.owner === workload.name
}

function newPod(cluster: Cluster, { namespace, name, labels, emptyDir }: Workload): Pod {
  const serial = ++cluster.podsMade
  const id = serial.toString(36).padStart(5, 'k')
  return {
    namespace,
    name: `${name}-7d9f8c6b5d-${id}`,
    uid: `7d9f8c6b-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`,
    labels,
    owner: name,
    emptyDir: emptyDir ?? false,
    node: undefined,
    readyAt: 0,
    gone: 0,
  }
}

function place(cluster: Cluster, pod: Pod): void {
  const workload = cluster.workloads.find((one) => belongs(pod, one))
  const count = (name: string): number =>
    cluster.pods.filter((one) => one.node === name && one.daemonSet !== true).length
  const [machine] = [...cluster.machines.values()]
    .filter((one) => one.role === 'worker' || workload?.controlPlane === true)
    .filter((one) => nodeReady(cluster, one) && !isCordoned(cluster, one.name))
    .toSorted((a, b) => count(a.name) - count(b.name))
  if (machine === undefined) return
  pod.node = machine.name
  pod.readyAt = cluster.time.now() + cluster.time.of(readyAfter)
}

export function isCordoned(cluster: Cluster, node: string): boolean {
  return cluster.store.find('Node', undefined, node)?.spec?.['unschedulable'] === true
}

/** A worker is out of service while it is cordoned or not Ready; without an API server nobody can tell. */
export function noteUnavailable(cluster: Cluster): void {
  if (serversBehind(cluster, cluster.endpoint).length === 0) return
  const out = [...cluster.machines.values()]
    .filter((machine) => machine.role === 'worker')
    .filter((machine) => isCordoned(cluster, machine.name) || !nodeReady(cluster, machine))
  if (out.length <= cluster.maxUnavailable) return
  const names = out.map((machine) => machine.name).join(', ')
  const text = `${names} are out of service at the same time; allowed are ${cluster.maxUnavailable}`
  if (!cluster.violations.some((known) => known.text === text))
    cluster.violations.push({ rule: 'max-unavailable', text })
}

export function podReady(cluster: Cluster, pod: Pod): boolean {
  if (pod.node === undefined || pod.gone > 0) return false
  return pod.readyAt <= cluster.time.now() && nodeReady(cluster, cluster.machine(pod.node))
}

/** What a PodDisruptionBudget allows now. */
export interface Budget {
  readonly namespace: string
  readonly name: string
  readonly matchLabels: Readonly<Record<string, string>>
  readonly allowed: number
  readonly healthy: number
  readonly wanted: number
  readonly expected: number
}

export function budgets(cluster: Cluster): Budget[] {
  return cluster.store.all('PodDisruptionBudget').map((object) => {
    const namespace = object.metadata.namespace ?? 'default'
    const { matchLabels } = object.spec?.['selector'] as { matchLabels: Record<string, string> }
    const pods = cluster.pods.filter((pod) => pod.namespace === namespace && matches(matchLabels, pod.labels))
    const healthy = pods.filter((pod) => podReady(cluster, pod)).length
    const wanted = Number(object.spec?.['minAvailable'] ?? 0)
    const allowed = Math.max(0, healthy - wanted)
    return {
      namespace,
      name: object.metadata.name,
      matchLabels,
      allowed,
      healthy,
      wanted,
      expected: pods.length,
    }
  })
}

function matches(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value)
}

/**
 * The eviction subresource: ends a pod unless a budget forbids it. A pod that is not ready is protected too
 * (unhealthyPodEvictionPolicy IfHealthyBudget) unless its budget is met anyway.
 * @throws {Refused} `TooManyRequests`
 */
export function evict(cluster: Cluster, pod: Pod): void {
  const budget = budgets(cluster).find(
    (one) => one.namespace === pod.namespace && matches(one.matchLabels, pod.labels),
  )
  const counts = podReady(cluster, pod) || (budget !== undefined && budget.healthy < budget.wanted)
  if (budget !== undefined && counts && budget.allowed < 1) {
    throw new Refused('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.")
  }
  pod.gone = cluster.time.now() + cluster.time.of(endsAfter)
}
