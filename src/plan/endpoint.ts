import type { Snapshot } from '../cluster/snapshot.ts'
import type { NodeFacts } from '../node/node.ts'

/** What stands at the control plane endpoint, as far as it can be told from the nodes and the cluster. */
export type Endpoint =
  /** No endpoint: clients talk to the only control plane node. */
  | { kind: 'none' }
  /** The address of one control plane node. */
  | { kind: 'node'; host: string; node: string }
  /** A name that leads to several control plane nodes: nothing takes one of them out when it restarts. */
  | { kind: 'names'; host: string; nodes: string[] }
  /** An address that a control plane node has at the moment although it is not the node's own. */
  | { kind: 'virtual-address'; host: string; holder: string }
  /** An address of no node: a load balancer, or a virtual address that no node showed. */
  | { kind: 'elsewhere'; host: string }
  /** A name that no node could resolve. */
  | { kind: 'unknown'; host: string }

/** @param facts of the nodes that were looked at */
export function endpointOf(snapshot: Snapshot, facts: ReadonlyMap<string, NodeFacts>): Endpoint {
  const host = hostOf(snapshot.controlPlaneEndpoint)
  if (host === '') return { kind: 'none' }
  const own = new Map(
    [...snapshot.nodes.values()].flatMap((node) => node.addresses.map((address) => [address, node.name])),
  )
  const named = own.get(host)
  const addresses = named === undefined ? addressesOf(host, facts) : [host]
  if (addresses.length === 0) return { kind: 'unknown', host }
  const nodes = [...new Set(addresses.flatMap((address) => own.get(address) ?? []))]
  const [node] = nodes
  if (node !== undefined)
    return nodes.length > 1 ? { kind: 'names', host, nodes } : { kind: 'node', host, node }
  const holder = [...facts].find(([, one]) => addresses.some((address) => one.addresses.includes(address)))
  return holder === undefined
    ? { kind: 'elsewhere', host }
    : { kind: 'virtual-address', host, holder: holder[0] }
}

/** `host:port`, `[v6]:port` or a bare host without port. */
function hostOf(endpoint: string): string {
  return endpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}

/** An address is itself; a name is what the control plane nodes resolve it to. */
function addressesOf(host: string, facts: ReadonlyMap<string, NodeFacts>): string[] {
  if (/^[\d.]+$/.test(host) || host.includes(':')) return [host]
  return [...new Set([...facts.values()].flatMap((one) => one.endpointAddresses))]
}
