import { kubeadmVersionOf } from '../node/node.ts'
import type { Hop } from '../versions/hops.ts'
import { minorOf, minorsBetween, oldestOf, type Version } from '../versions/version.ts'
import { isPrimary } from './findings.ts'
import { apiServers, apiServersAt, observedNode, type Observed, type ObservedNode } from './observed.ts'
import { goalOf, type PlanInput } from './plan.ts'
import { missing, nodeSteps } from './steps.ts'

/**
 * A hop that every API server has made and that is not over: a kubelet of the control plane was left a minor behind, or a
 * kubeadm that was begun did not finish. It comes before the next hop, which would pass over it. Pure.
 */
export function unfinishedHop(input: Omit<PlanInput, 'hops'>): Hop | undefined {
  const { inventory, observed } = input
  const [server] = apiServers(observed.snapshot)
  if (server === undefined || !apiServersAt(observed.snapshot, server.version)) return undefined
  const to = server.version
  const nodes = inventory.nodes.flatMap((entry) =>
    entry.role === 'worker' ? [] : (observedNode(entry, observed, isPrimary(inventory, entry)) ?? []),
  )
  const behind = nodes.filter((node) => isBehind(node, to)).map((node) => node.node?.kubeletVersion ?? to)
  const begun = nodes.some((node) => kubeadmBegan(node, to))
  const goal = goalOf(to, input)
  const half = nodes.filter((node) => begun && kubeadmIsMissing(node, observed, goal))
  if (behind.length === 0 && half.length === 0) return undefined
  return { from: oldestOf([...behind, observed.snapshot.kubernetesVersion ?? to, to]) ?? to, to }
}

function isBehind({ node }: ObservedNode, version: Version): boolean {
  const kubelet = node?.kubeletVersion
  return kubelet !== undefined && minorsBetween(minorOf(kubelet), minorOf(version)) > 0
}

/** A kubeadm of ours was started at this version: without one, what looks unfinished is how the cluster is meant to be. */
function kubeadmBegan({ facts }: ObservedNode, version: Version): boolean {
  return facts.jobs.some(({ purpose }) =>
    [kubeadmVersionOf('apply', purpose), kubeadmVersionOf('node', purpose)].includes(version),
  )
}

function kubeadmIsMissing(node: ObservedNode, observed: Observed, goal: ReturnType<typeof goalOf>): boolean {
  const kubeadm = ['kubeadm-upgrade-apply', 'kubeadm-upgrade-node']
  return missing(nodeSteps(node, observed.snapshot, goal)).some((step) => kubeadm.includes(step.id))
}
