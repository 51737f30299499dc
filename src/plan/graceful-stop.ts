import type { Policy } from '../inventory/policy.ts'
import type { Snapshot } from '../cluster/snapshot.ts'
import { endpointOf } from './endpoint.ts'
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
  const endpoint = endpointOf(snapshot, new Map([[node.name, node.facts]]))
  if (endpoint.kind === 'none' || endpoint.kind === 'node' || endpoint.kind === 'names')
    return { helps: false, why: 'the control plane endpoint is a node: nothing would take over' }
  if (endpoint.kind === 'virtual-address')
    return { helps: false, why: 'the node has the virtual address of the control plane endpoint' }
  const others = snapshot.staticPods.filter(
    (pod) => pod.component === 'kube-apiserver' && pod.ready && pod.node !== node.name,
  )
  if (others.length === 0) return { helps: false, why: 'no other API server is ready' }
  return {
    helps: true,
    why: `requests end before etcd restarts; ${others.length} other API servers take over`,
  }
}
