import { Refused } from '../model/store.ts'
import { evict, type Pod } from '../model/workloads.ts'
import type { Call } from './command.ts'

/** Seconds between two tries to evict a pod that a budget protects. */
const retryAfter = 5

/** `kubectl drain` of a node; https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/ */
export async function drain(call: Call, node: string): Promise<number> {
  const { store } = call.cluster
  const known = store.find('Node', undefined, node)
  if (known === undefined) throw new Refused('NotFound', `nodes "${node}" not found`)
  const cordoned = known.spec?.['unschedulable'] === true
  if (!cordoned) store.patch('Node', undefined, node, { spec: { unschedulable: true } })
  call.out(`node/${node} ${cordoned ? 'already cordoned' : 'cordoned'}`)
  const pods = podsOn(call, node)
  if (!allowed(call, node, pods)) return 1
  warn(call, pods)
  const timeout = Number.parseFloat(call.option('--timeout') ?? '0') || Infinity
  const errors = await Promise.all(
    pods.filter((pod) => pod.daemonSet !== true).map((pod) => evictAndWait(call, pod, timeout)),
  )
  const failed = errors.filter((error) => error !== undefined)
  if (failed.length > 0) return unable(call, node, failed.join('\n'))
  call.out(`node/${node} drained`)
  return 0
}

function podsOn(call: Call, node: string): Pod[] {
  return call.cluster.pods.filter((pod) => pod.node === node && pod.gone === 0)
}

/** Filters of kubectl: what would be lost has to be named by an option. */
function allowed(call: Call, node: string, pods: readonly Pod[]): boolean {
  const errors: string[] = []
  const names = (some: readonly Pod[]): string => some.map((pod) => `${pod.namespace}/${pod.name}`).join(', ')
  const bare = pods.filter((pod) => pod.owner === undefined)
  const local = pods.filter((pod) => pod.emptyDir === true)
  const daemons = pods.filter((pod) => pod.daemonSet === true)
  if (bare.length > 0 && !call.has('--force'))
    errors.push(`cannot delete Pods that declare no controller (use --force to override): ${names(bare)}`)
  if (local.length > 0 && !call.has('--delete-emptydir-data'))
    errors.push(
      `cannot delete Pods with local storage (use --delete-emptydir-data to override): ${names(local)}`,
    )
  if (daemons.length > 0 && !call.has('--ignore-daemonsets'))
    errors.push(`cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): ${names(daemons)}`)
  if (errors.length === 0) return true
  unable(call, node, errors.join('\n'), true)
  return false
}

function unable(call: Call, node: string, why: string, listed = false): number {
  const shown = listed
    ? `[${why.replaceAll('\n', ', ')}]`
    : why.split('\n').length > 1
      ? `[${why.replaceAll('\n', ', ')}]`
      : why
  call.err(
    `error: unable to drain node "${node}" due to error: ${shown}, continuing command...`,
    'There are pending nodes to be drained:',
    ` ${node}`,
    ...why.split('\n'),
  )
  return 1
}

function warn(call: Call, pods: readonly Pod[]): void {
  const daemons = pods.filter((pod) => pod.daemonSet === true)
  if (daemons.length === 0) return
  call.err(
    `Warning: ignoring DaemonSet-managed Pods: ${daemons.map((pod) => `${pod.namespace}/${pod.name}`).join(', ')}`,
  )
}

/** @returns why it did not go, or undefined when it is gone */
async function evictAndWait(call: Call, pod: Pod, timeout: number): Promise<string | undefined> {
  const { time } = call.cluster
  const end = time.now() + time.of(timeout)
  call.out(`evicting pod ${pod.namespace}/${pod.name}`)
  for (;;) {
    const refused = tryToEvict(call, pod)
    if (refused === undefined) break
    const left = (end - time.now()) / time.of(1)
    if (left < retryAfter)
      return `error when evicting pods/"${pod.name}" -n "${pod.namespace}": global timeout reached: ${timeout}s`
    call.err(
      `error when evicting pods/"${pod.name}" -n "${pod.namespace}" (will retry after ${retryAfter}s): ${refused}`,
    )
    await call.sleep(retryAfter)
    call.out(`evicting pod ${pod.namespace}/${pod.name}`)
  }
  const gone = await call.until(
    () => !call.cluster.pods.includes(pod),
    Math.max(1, (end - time.now()) / time.of(1)),
  )
  if (!gone)
    return `error when waiting for pod "${pod.name}" in namespace "${pod.namespace}" to terminate: global timeout reached: ${timeout}s`
  call.out(`pod/${pod.name} evicted`)
  return undefined
}

function tryToEvict(call: Call, pod: Pod): string | undefined {
  call.cluster.settle()
  try {
    evict(call.cluster, pod)
    return undefined
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
}
