import { endpointOf, type Endpoint } from '../endpoint.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Observed } from '../observed.ts'

export const endpointCatalogue = {
  'endpoint-is-node': {
    severity: 'warns',
    looks:
      'There are several control plane nodes, but `controlPlaneEndpoint` leads to the address of one of them, or is a name that leads to several: while that node restarts its API server, every client there loses the API. The kubelets turn NotReady when it takes longer than 40 seconds, and Services then lose their endpoints although the pods run. API servers are not stopped gracefully with such an endpoint: nothing would take over.',
    todo: 'Put a load balancer with a health check on `/readyz`, or a virtual address, in front of the API servers: <https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md>. Otherwise expect a minute without the API.',
  },
  'single-control-plane': {
    severity: 'tells',
    looks:
      'The cluster has one control plane node: the API is away while kubeadm restarts etcd and the API server there.',
    todo: 'Nothing; running pods go on. The kubelets turn NotReady when the API is away for more than 40 seconds.',
  },
  'endpoint-virtual-address': {
    severity: 'tells',
    looks:
      'The control plane endpoint is an address that a control plane node has beside its own (keepalived, kube-vip). While that node restarts its API server, the address must move: whoever moves it has to notice.',
    todo: 'See that its health check asks `/readyz` of the API server and not only whether the node is there. The API server of the node that has the address is not stopped gracefully.',
  },
  'endpoint-load-balancer': {
    severity: 'tells',
    looks:
      'The control plane endpoint is an address of no node: a load balancer, or a virtual address that no node had when it was looked at. The two cannot be told apart from the nodes.',
    todo: 'See that it asks `/readyz` of the API servers and takes one out within seconds. API servers are stopped gracefully before etcd restarts (policy: `apiServer.gracefulStop`).',
  },
  'endpoint-unresolved': {
    severity: 'warns',
    looks: 'The control plane endpoint is a name that no control plane node could resolve.',
    todo: 'Repair the name, or the resolver of the nodes: kubeadm and the kubelets use it.',
  },
} as const satisfies Catalogue

const finding = findingsOf(endpointCatalogue)

/** What stands before the API servers that are going to restart. @param controlPlanes how many the inventory has */
export function endpointFindings({ snapshot, facts }: Observed, controlPlanes: number): Finding[] {
  if (controlPlanes === 1) {
    const seen = 'There is one control plane node: the API is away while it restarts.'
    return [finding('single-control-plane', undefined, seen, 'Nothing; running pods go on.')]
  }
  return describe(endpointOf(snapshot, facts))
}

function describe(endpoint: Endpoint): Finding[] {
  const where =
    'host' in endpoint ? `The control plane endpoint ${endpoint.host}` : 'The control plane endpoint'
  const balancer = 'Put a load balancer in front of the API servers, or expect a minute without the API.'
  switch (endpoint.kind) {
    case 'none': {
      const seen =
        'kubeadm-config names no control plane endpoint: clients talk to one of the control plane nodes.'
      return [finding('endpoint-is-node', undefined, seen, balancer)]
    }
    case 'node': {
      const seen = `${where} is node ${endpoint.node}: while it restarts, every kubelet loses the API, and turns NotReady after 40 seconds.`
      return [finding('endpoint-is-node', endpoint.node, seen, balancer)]
    }
    case 'names': {
      const seen = `${where} is a name for ${endpoint.nodes.join(', ')}: while one of them restarts, clients that have its address lose the API.`
      return [finding('endpoint-is-node', undefined, seen, balancer)]
    }
    case 'virtual-address': {
      const seen = `${where} is a virtual address, now at ${endpoint.holder}; it has to move while that node restarts.`
      const remedy = 'See that what moves it asks /readyz of the API server.'
      return [finding('endpoint-virtual-address', endpoint.holder, seen, remedy)]
    }
    case 'elsewhere': {
      const seen = `${where} is an address of no node: a load balancer, or a virtual address that no node had.`
      const remedy =
        'See that it asks /readyz of the API servers; they are stopped gracefully before etcd restarts.'
      return [finding('endpoint-load-balancer', undefined, seen, remedy)]
    }
    case 'unknown': {
      const seen = `${where} is a name that no control plane node can resolve.`
      return [
        finding('endpoint-unresolved', undefined, seen, 'Repair the name or the resolver of the nodes.'),
      ]
    }
  }
}
