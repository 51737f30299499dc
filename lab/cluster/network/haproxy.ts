/** The load balancer's configuration: the API as in kubeadm's guide to high availability, and the demo web service. Pure. */
import {
  BRIDGE_ADDRESS,
  controlPlanes,
  endpoint,
  inUrl,
  workers,
  type LabNode,
  type Topology,
} from '../topology.ts'

export const WEB_PORT = 8080
export const WEB_NODE_PORT = 30080
export const STATISTICS_PORT = 8404

/** https://github.com/kubernetes/kubeadm/blob/main/docs/ha-considerations.md#haproxy-configuration */
export function haproxyConfig(topology: Topology): string {
  return [
    GLOBAL,
    topology.loadBalancer === 'haproxy' ? api(endpoint(topology), controlPlanes(topology)) : '',
    // A cluster of control plane nodes only has the web service there.
    web(workers(topology).length > 0 ? workers(topology) : controlPlanes(topology)),
  ].join('\n')
}

const GLOBAL = `global
    log stdout format raw local0 notice
    maxconn 4096

defaults
    mode tcp
    log global
    option dontlognull
    timeout connect 5s
    timeout client 35s
    timeout server 35s
    timeout check 5s

frontend statistics
    mode http
    bind ${BRIDGE_ADDRESS}:${STATISTICS_PORT}
    stats enable
    stats uri /
    stats admin if TRUE
`

function api(address: string, nodes: readonly LabNode[]): string {
  return `frontend apiserver
    bind ${address}
    option tcplog
    default_backend apiservers

backend apiservers
    option httpchk
    http-check connect ssl
    http-check send meth GET uri /readyz
    http-check expect status 200
    balance roundrobin
    option redispatch
    retries 1
    default-server inter 1s fastinter 500ms downinter 500ms fall 2 rise 2 check verify none
${nodes.map((node) => `    server ${node.name} ${inUrl(node.host)}:6443`).join('\n')}
`
}

/** No retries: a request that the Service loses must show. */
function web(nodes: readonly LabNode[]): string {
  return `frontend web
    bind ${BRIDGE_ADDRESS}:${WEB_PORT}
    default_backend web

backend web
    balance roundrobin
    retries 0
    default-server inter 1s fastinter 500ms downinter 500ms fall 2 rise 2 check
${nodes.map((node) => `    server ${node.name} ${inUrl(node.host)}:${WEB_NODE_PORT}`).join('\n')}
`
}
