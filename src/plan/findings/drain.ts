import type { Budget } from '../../cluster/forecast.ts'
import type { Pod } from '../../cluster/workloads.ts'
import type { Policy } from '../../inventory/policy.ts'
import { budgetsOf, evictedPods, podName } from '../drains.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Forecast } from '../observed.ts'

export const drainCatalogue = {
  'disruption-budget': {
    severity: 'blocks',
    reason: 'drain-blocked',
    looks:
      'Asks the API server, as a dry run, whether it would let the pods of every node be evicted that this upgrade drains. A PodDisruptionBudget says no although all of its pods are healthy: it never allows a disruption (`minAvailable` as large as the number of replicas, `maxUnavailable: 0`), and the drain would wait until its timeout.',
    todo: 'Add a replica, or lower the budget while the upgrade lasts.',
  },
  'disruption-budget-used-up': {
    severity: 'warns',
    looks:
      'The same, but some of the pods that the budget counts are not healthy at the moment: it will allow a disruption when they are.',
    todo: 'Find out why they are not healthy. If they stay so, the drain will wait until its timeout (policy: `drain.timeout`) and fail.',
  },
  'disruption-budget-left': {
    severity: 'warns',
    looks:
      'A budget that never allows a disruption, and the policy says what then (`drain.onBlocked`): wait for somebody to change it until the timeout, or skip the worker and leave it at its old version.',
    todo: 'Have somebody at hand who adds a replica or lowers the budget; or run the phase workers again afterwards.',
  },
  'eviction-refused': {
    severity: 'blocks',
    reason: 'drain-blocked',
    looks:
      'The API server refuses the eviction of a pod for another reason than a disruption budget: an admission webhook says no or does not answer, or the pod has more than one PodDisruptionBudget, which evictions do not support.',
    todo: 'Do what the message says; of several budgets for one pod, remove all but one.',
  },
  'bare-pods': {
    severity: 'blocks',
    reason: 'drain-blocked',
    looks:
      'A node that is going to be drained has pods without a controller, which nothing would start again, and the policy does not say that they may be deleted.',
    todo: 'Move them into a Deployment, delete them yourself, or allow it (policy: `drain.barePods: delete`).',
  },
  'bare-pods-deleted': {
    severity: 'warns',
    looks: 'The same, and the policy says that they are deleted (`drain.barePods: delete`).',
    todo: 'Be sure that nobody needs them: they do not come back.',
  },
  'empty-dir': {
    severity: 'blocks',
    reason: 'drain-blocked',
    looks:
      'A node that is going to be drained has pods with emptyDir volumes, whose content goes with the pod, and the policy does not say that it may.',
    todo: 'Find out what is in them (mostly caches and sockets), and allow it (policy: `drain.emptyDir: delete`).',
  },
  'empty-dir-deleted': {
    severity: 'tells',
    looks: 'The same, and the policy says that it may (`drain.emptyDir: delete`).',
    todo: 'Nothing, if it holds caches.',
  },
  'local-volume': {
    severity: 'warns',
    looks:
      'A node that is going to be drained has pods with a volume that is a folder of that node (`local` or `hostPath` PersistentVolumes): they can run nowhere else, and wait until the node is back.',
    todo: 'Expect them to be away for as long as the node is out of service; see that what they are part of can live without one of them.',
  },
  'grace-period': {
    severity: 'warns',
    looks:
      'A pod may take longer to end (`terminationGracePeriodSeconds`) than the drain of a node may last (policy: `drain.timeout`).',
    todo: 'Raise `drain.timeout`, or limit it with `drain.gracePeriod`.',
  },
  'drain-forecast': {
    severity: 'tells',
    looks:
      'How many pods leave which nodes, and how long the drain of a node takes at most: the longest time that its pods may take to end, once for every round that a disruption budget makes of them. Mostly it is much shorter. Of more than 100 pods per control plane node only some are asked about; nothing is known of pods beyond the first 50,000.',
    todo: 'Nothing.',
  },
} as const satisfies Catalogue

const finding = findingsOf(drainCatalogue)

type OnBlocked = Policy['drain']['onBlocked']

/** What the drains of this upgrade are going to meet. @param drained names of the nodes; @param workers of the inventory */
export function drainFindings(
  forecast: Forecast,
  drained: readonly string[],
  workers: ReadonlySet<string>,
  policy: Policy,
): Finding[] {
  if (forecast.workloads === undefined || drained.length === 0) return []
  const { onBlocked } = policy.drain
  const evicted = evictedPods(forecast.workloads.pods, drained)
  return [
    ...[...evicted].flatMap(([node, pods]) => [
      // A control plane node is never skipped.
      ...evictionFindings(
        node,
        pods,
        forecast,
        onBlocked === 'skip' && !workers.has(node) ? 'fail' : onBlocked,
      ),
      ...contentFindings(node, pods, policy.drain),
      ...localFindings(node, pods, forecast.obstacles.localClaims),
      ...graceFindings(node, pods, policy.drain),
    ]),
    ...estimate(evicted, forecast, policy.drain),
  ]
}

/** Pods named in one sentence; more are counted. */
const named = 3

function list(pods: readonly Pod[]): string {
  const more = pods.length > named ? ` and ${pods.length - named} more` : ''
  return pods.slice(0, named).map(podName).join(', ') + more
}

function evictionFindings(
  node: string,
  pods: readonly Pod[],
  { evictions, obstacles }: Forecast,
  onBlocked: OnBlocked,
): Finding[] {
  const protectedPods = new Map<Budget, Pod[]>()
  const refused = new Map<string, Pod[]>()
  for (const pod of pods) {
    const answer = evictions.get(podName(pod))
    const budgets = budgetsOf(pod, obstacles.budgets)
    // Of a pod that was not asked about, the budget's own count is known.
    const budget = budgets.find((one) => one.allowed < 1)
    if (answer?.kind === 'refused') refused.set(answer.text, [...(refused.get(answer.text) ?? []), pod])
    else if (budget !== undefined && (answer === undefined || answer.kind === 'budget'))
      protectedPods.set(budget, [...(protectedPods.get(budget) ?? []), pod])
  }
  return [
    ...[...protectedPods].map(([budget, some]) => budgetFinding(node, budget, some, onBlocked)),
    ...[...refused].map(([text, some]) =>
      finding(
        'eviction-refused',
        node,
        `The API server refuses to evict ${list(some)} on ${node}: ${text}`,
        'Do what the message says.',
      ),
    ),
  ]
}

function budgetFinding(node: string, budget: Budget, pods: readonly Pod[], onBlocked: OnBlocked): Finding {
  const { namespace, name, healthy, desired, expected } = budget
  const counts = `${healthy} of ${expected} pods are healthy, and ${desired} have to be`
  const seen = `PodDisruptionBudget ${namespace}/${name} does not let ${list(pods)} leave ${node}: ${counts}.`
  if (healthy < expected)
    return finding('disruption-budget-used-up', node, seen, 'See why its pods are not healthy.')
  const remedy = 'Add a replica, or lower the budget while the upgrade lasts.'
  return onBlocked === 'fail'
    ? finding('disruption-budget', node, seen, remedy)
    : finding(
        'disruption-budget-left',
        node,
        `${seen} ${onBlocked === 'skip' ? 'The worker is skipped.' : 'The drain waits for somebody.'}`,
        remedy,
      )
}

function contentFindings(
  node: string,
  pods: readonly Pod[],
  { barePods, emptyDir }: Policy['drain'],
): Finding[] {
  const bare = pods.filter((pod) => pod.shape.owner === undefined)
  const local = pods.filter((pod) => pod.shape.emptyDir)
  const bareSeen = `Nothing starts ${list(bare)} again after the drain of ${node}.`
  const localSeen = `The emptyDir volumes of ${list(local)} are lost with the drain of ${node}.`
  return [
    ...(bare.length === 0
      ? []
      : barePods === 'delete'
        ? [finding('bare-pods-deleted', node, bareSeen, 'Be sure that nobody needs them.')]
        : [
            finding('bare-pods', node, bareSeen, 'Delete them yourself, or allow it in the policy.', {
              key: 'drain.barePods',
              value: 'delete',
            }),
          ]),
    ...(local.length === 0
      ? []
      : emptyDir === 'delete'
        ? [finding('empty-dir-deleted', node, localSeen, 'Nothing, if they hold caches.')]
        : [
            finding('empty-dir', node, localSeen, 'See what they hold, and allow it in the policy.', {
              key: 'drain.emptyDir',
              value: 'delete',
            }),
          ]),
  ]
}

function localFindings(node: string, pods: readonly Pod[], claims: ReadonlySet<string>): Finding[] {
  const bound = pods.filter(({ namespace, shape }) =>
    shape.claims.some((one) => claims.has(`${namespace}/${one}`)),
  )
  if (bound.length === 0) return []
  const seen = `${list(bound)} can run on ${node} only, where their volumes are.`
  return [finding('local-volume', node, seen, 'They are away as long as the node is.')]
}

function graceSeconds(pod: Pod, { gracePeriod }: Policy['drain']): number {
  return gracePeriod === undefined ? pod.shape.graceSeconds : gracePeriod / 1000
}

function graceFindings(node: string, pods: readonly Pod[], drain: Policy['drain']): Finding[] {
  const slow = pods.filter((pod) => graceSeconds(pod, drain) * 1000 > drain.timeout)
  if (slow.length === 0) return []
  const longest = Math.max(...slow.map((pod) => graceSeconds(pod, drain)))
  const seen = `${list(slow)} on ${node} may take ${longest} s to end; the drain gives up after ${drain.timeout / 1000} s.`
  return [
    finding('grace-period', node, seen, 'Raise drain.timeout, or limit it with drain.gracePeriod.', {
      key: 'drain.timeout',
      value: `${Math.ceil(longest / 60) + 5}m`,
    }),
  ]
}

/** Seconds that a replacement is given to be Ready before its budget allows the next eviction. */
const replacement = 30

function estimate(
  evicted: ReadonlyMap<string, readonly Pod[]>,
  { obstacles, workloads }: Forecast,
  drain: Policy['drain'],
): Finding[] {
  const count = [...evicted.values()].reduce((sum, pods) => sum + pods.length, 0)
  const times = [...evicted].map(([node, pods]) => {
    const grace = Math.max(...pods.map((pod) => graceSeconds(pod, drain)))
    const rounds = Math.max(1, ...obstacles.budgets.map((budget) => roundsOf(budget, pods)))
    return { node, pods: pods.length, seconds: grace * rounds + replacement * (rounds - 1) }
  })
  const slowest = times.toSorted((a, b) => b.seconds - a.seconds)[0]
  if (slowest === undefined) return []
  const partial = workloads?.partial === true ? ' The cluster has more pods than were read.' : ''
  const seen = `The drains evict ${count} pods from ${evicted.size} nodes. The longest is that of ${slowest.node}: ${slowest.pods} pods, at most ${Math.round(slowest.seconds)} s if every pod takes all of its grace period.${partial}`
  return [finding('drain-forecast', undefined, seen, 'Nothing.')]
}

/** A budget lets so many pods go at once; the next ones wait for replacements. */
function roundsOf(budget: Budget, pods: readonly Pod[]): number {
  const protectedPods = pods.filter((pod) => budgetsOf(pod, [budget]).length > 0)
  return Math.ceil(protectedPods.length / Math.max(1, budget.allowed))
}
