import type { ControlPlaneHealth } from '../cluster/etcd.ts'
import type { ClusterNode, StaticPod } from '../cluster/snapshot.ts'
import type { FailureReason } from '../failure.ts'
import { compareVersions, type Version } from '../versions/version.ts'
import { controlPlaneComponents } from './observed.ts'

/** Something that keeps a node or the control plane from being healthy: why it is waited for. */
export interface Problem {
  reason: FailureReason
  text: string
}

/** What a node has to show after its change. */
export interface NodeExpectation {
  name: string
  /** Version that its kubelet has to run; undefined while it does not move. */
  kubelet: Version | undefined
  /** Milliseconds of the node's own clock: only a heartbeat after it says something about the kubelet that runs now. */
  heartbeatAfter: number
}

/** Why `node` is not yet as expected; empty when it is. */
export function nodeProblems(node: ClusterNode | undefined, expected: NodeExpectation): Problem[] {
  const problem = (text: string): Problem => ({ reason: 'node-not-ready', text: `${expected.name}: ${text}` })
  if (node === undefined) return [problem('no such node in the cluster')]
  const problems: Problem[] = []
  if (!node.ready) problems.push(problem(`not Ready (${node.readyMessage})`))
  // Heartbeats have whole seconds.
  if (node.heartbeat < Math.floor(expected.heartbeatAfter / 1000) * 1000)
    problems.push(problem('no heartbeat since the restart'))
  if (expected.kubelet !== undefined && node.kubeletVersion !== expected.kubelet) {
    problems.push(
      problem(`kubelet reports ${node.kubeletVersion ?? 'no version'}, expected ${expected.kubelet}`),
    )
  }
  return problems
}

/** How far etcd members may be apart, in raft entries, and still count as in sync: writes go on while they are asked. */
const raftDistance = 1000

/** What keeps the control plane from being healthy and may pass by itself, as after a reboot; empty when nothing does. */
export function startingProblems(health: readonly ControlPlaneHealth[]): string[] {
  const silent = health.flatMap(({ node, apiServerReady, etcd }) => [
    ...(apiServerReady ? [] : [`API server of ${node} is not ready`]),
    ...(etcd === undefined || etcd.answered ? [] : [`etcd of ${node} does not answer`]),
  ])
  return [...silent, ...leaderProblems(health)]
}

/** Why the control plane as a whole is not healthy; empty when it is. */
export function controlPlaneProblems(health: readonly ControlPlaneHealth[]): Problem[] {
  const problems: Problem[] = []
  for (const one of health) {
    if (!one.apiServerReady)
      problems.push({ reason: 'control-plane-unhealthy', text: `API server of ${one.node} is not ready` })
    if (one.etcd !== undefined && !one.etcd.answered)
      problems.push({ reason: 'etcd-unhealthy', text: `etcd of ${one.node} does not answer` })
    for (const { text } of one.etcd?.problems ?? [])
      problems.push({ reason: 'etcd-unhealthy', text: `etcd of ${one.node}: ${text}` })
  }
  const etcd = health.flatMap((one) => (one.etcd?.answered === true ? [one.etcd] : []))
  const indices = etcd.map((one) => one.raftIndex)
  if (etcd.length > 0 && Math.max(...indices) - Math.min(...indices) > raftDistance) {
    problems.push({ reason: 'etcd-unhealthy', text: 'etcd members are not in sync' })
  }
  for (const text of leaderProblems(health)) problems.push({ reason: 'etcd-unhealthy', text })
  return problems
}

/** During an election members name different leaders, or none. */
function leaderProblems(health: readonly ControlPlaneHealth[]): string[] {
  const leaders = health.flatMap(({ etcd }) => (etcd?.answered === true ? [etcd.leader] : []))
  const agreed = new Set(leaders).size < 2 && !leaders.includes(0)
  return agreed ? [] : ['etcd members do not agree on a leader']
}

/** Why the static pods of a control plane node are not at `version` and ready; empty when they are. */
export function staticPodProblems(
  node: string,
  version: Version,
  staticPods: readonly StaticPod[],
): Problem[] {
  const pods = staticPods.filter((pod) => pod.node === node)
  const problem = (text: string): Problem => ({ reason: 'control-plane-unhealthy', text: `${node}: ${text}` })
  const wrong = controlPlaneComponents.flatMap((component) => {
    const pod = pods.find((one) => one.component === component)
    if (pod?.version === undefined) return [problem(`${component} is missing`)]
    return compareVersions(pod.version, version) === 0 ? [] : [problem(`${component} is at ${pod.version}`)]
  })
  return [
    ...wrong,
    ...pods.filter((pod) => !pod.ready).map((pod) => problem(`${pod.component} is not ready`)),
  ]
}

/** When each of these static pods' containers started: while this changes, their node has not settled. */
export function containerStarts(staticPods: readonly StaticPod[]): string {
  return staticPods
    .map((pod) => `${pod.component} ${pod.startedAt} ${pod.restarts}`)
    .toSorted()
    .join('\n')
}
