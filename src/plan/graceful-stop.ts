import type { Policy } from '../inventory/policy.ts'
import type { Snapshot } from '../cluster/snapshot.ts'
import type { ObservedNode } from './observed.ts'

/**
 * Whether stopping the node's API server gracefully before kubeadm helps, and why.
 *
 * The page's workaround for requests that stall while etcd restarts
 * (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/#considerations-when-upgrading-etcd).
 * It needs other API servers behind something that notices. Tried on a cluster whose endpoint was the node itself: the
 * API stayed away so long that the workers turned NotReady and their Services lost every request.
 */
export function gracefulStop(
  node: ObservedNode,
  snapshot: Snapshot,
  policy: Policy,
): { helps: boolean; why: string } {
  if (policy.apiServer.gracefulStop === 'never') return { helps: false, why: 'the policy says never' }
  if (snapshot.etcd === 'external') return { helps: false, why: 'etcd is external and does not restart' }
  if (endpointIsNode(snapshot))
    return { helps: false, why: 'the control plane endpoint is a node: nothing would take over' }
  const others = snapshot.staticPods.filter(
    (pod) => pod.component === 'kube-apiserver' && pod.ready && pod.node !== node.name,
  )
  if (others.length === 0) return { helps: false, why: 'no other API server is ready' }
  return {
    helps: true,
    why: `requests end before etcd restarts; ${others.length} other API servers take over`,
  }
}

/** The endpoint is missing (then it is the only control plane node) or the address or name of a node. */
function endpointIsNode(snapshot: Snapshot): boolean {
  const host = snapshot.controlPlaneEndpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return host === '' || [...snapshot.nodes.values()].some((node) => node.addresses.includes(host))
}
