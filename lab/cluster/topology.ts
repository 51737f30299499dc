/** The topology file: which nodes a lab has and what runs on them. Pure; every mistake is reported at once. */
import { parse } from 'yaml'
import { LabError } from './output.ts'

export type Role = 'control-plane' | 'worker'

/** Machines that are no nodes: members of an external etcd, and jump hosts in front of everything. */
export type HelperRole = 'etcd' | 'jump'

/** Through what a node gets its Kubernetes packages; `none`: programs in /usr/local/bin. */
export type PackageManager = 'apt' | 'dnf' | 'dnf5' | 'zypper' | 'none'

/** A machine on the lab's bridge. */
export interface LabMachine {
  /** Its hostname, and what the lab calls it. */
  name: string
  role: Role | HelperRole
  /** Address by which the others know it: IPv6 with `ipv6`. */
  host: string
  /** Every machine has one, for packages and images. */
  ipv4: string
  image: string
  packageManager: PackageManager
  sshUser: string
  /** Size of the machine's disk as truncate(1) takes it, such as 20G. */
  disk: string
}

export interface LabNode extends LabMachine {
  role: Role
  /** Name of the Node object; the hostname unless the topology says otherwise. */
  nodeName: string
  /** The node's pods: a /24, or a /64. */
  podSubnet: string
}

export interface Topology {
  /** The version the cluster starts with. */
  version: string
  /** Versions in the package repositories and the registry besides `version`. */
  offered: string[]
  loadBalancer: 'haproxy' | 'none'
  /** Nodes, pods and services have IPv6 addresses, and nothing else. */
  ipv6: boolean
  nodes: LabNode[]
  /** Members of an etcd with a TLS of its own; none: etcd is stacked. */
  etcd: LabMachine[]
  /** What has to be gone through to reach the nodes, in this order, each with a key of its own. */
  jumpHosts: LabMachine[]
}

/** What the file may say; other values are refused until somebody builds them. */
const SUPPORTED = {
  image: ['debian-12'],
  packageManager: ['apt', 'dnf', 'dnf5', 'zypper', 'none'],
  loadBalancer: ['haproxy', 'none'],
} as const
const NODE_DEFAULTS = { image: 'debian-12', packageManager: 'apt', sshUser: 'root', disk: '20G' }
const ROLES: readonly Role[] = ['control-plane', 'worker']
const VERSION = /^v1\.\d+\.\d+$/

export const BRIDGE_ADDRESS = '10.200.0.1'
const BRIDGE_ADDRESS_IPV6 = 'fd00:10:200::1'
/** Last number of the addresses: control planes are 10.200.0.11 (fd00:10:200::11) and up, workers 21 and up. */
const FIRST_ADDRESS: Record<Role | HelperRole, number> = {
  'control-plane': 11,
  worker: 21,
  etcd: 231,
  jump: 241,
}
const MAX_NODES: Record<Role, number> = { 'control-plane': 9, worker: 200 }
const MAX_HELPERS = 9
const MACHINE_NAME = /^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/

type Mapping = Record<string, unknown>

/**
 * @param text the topology file
 * @param source its name, for messages
 * @param version replaces the file's `kubernetes.version`
 */
export function parseTopology(text: string, source: string, version?: string): Topology {
  const problems: string[] = []
  const root = asMapping(parse(text), 'the file', problems)
  const known = ['kubernetes', 'loadBalancer', 'ipv6', 'defaults', 'nodes', 'etcd', 'jumpHosts']
  onlyKeys(root, known, 'the file', problems)
  const kubernetes = asMapping(root['kubernetes'], 'kubernetes', problems)
  onlyKeys(kubernetes, ['version', 'offered'], 'kubernetes', problems)

  const start = version ?? asText(kubernetes['version'])
  const offered = asList(kubernetes['offered'] ?? [], 'kubernetes.offered', problems).map(asText)
  for (const each of [start, ...offered]) {
    if (!VERSION.test(each)) problems.push(`"${each}" is not a Kubernetes version like v1.36.4`)
  }
  const loadBalancer = asText(root['loadBalancer'] ?? 'haproxy')
  supported('loadBalancer', loadBalancer, 'loadBalancer', problems)
  const defaults = { ...NODE_DEFAULTS, ...asMapping(root['defaults'] ?? {}, 'defaults', problems) }
  const ipv6 = root['ipv6'] ?? false
  if (typeof ipv6 !== 'boolean') problems.push('ipv6 must be true or false')
  const addresses = ipv6 === true ? addressesIpv6 : addressesIpv4
  const nodes = parseNodes(asList(root['nodes'], 'nodes', problems), defaults, addresses, problems)
  const etcd = parseHelpers(root['etcd'], 'etcd', addresses, problems)
  const jumpHosts = parseHelpers(root['jumpHosts'], 'jump', addresses, problems)
  refuseTwins([...nodes, ...etcd, ...jumpHosts], problems)

  if (problems.length > 0)
    throw new LabError(`${source}:\n${problems.map((each) => `  - ${each}`).join('\n')}`)
  return {
    version: start,
    offered: [...new Set(offered)].filter((each) => each !== start),
    loadBalancer: loadBalancer as Topology['loadBalancer'],
    ipv6: ipv6 === true,
    nodes,
    etcd,
    jumpHosts,
  }
}

/** The addresses that follow from the last number. */
type Addresses = (last: number) => Pick<LabNode, 'host' | 'ipv4' | 'podSubnet'>

const addressesIpv4: Addresses = (last) => ({
  host: `10.200.0.${last}`,
  ipv4: `10.200.0.${last}`,
  podSubnet: `10.244.${last}.0/24`,
})
const addressesIpv6: Addresses = (last) => ({
  host: `fd00:10:200::${last}`,
  ipv4: `10.200.0.${last}`,
  podSubnet: `fd00:10:244:${last}::/64`,
})

/** Machines that are no nodes have nothing but a name. */
function parseHelpers(
  value: unknown,
  role: HelperRole,
  addresses: Addresses,
  problems: string[],
): LabMachine[] {
  const where = role === 'etcd' ? 'etcd' : 'jumpHosts'
  const names = asList(value ?? [], where, problems).map(asText)
  if (names.length > MAX_HELPERS) problems.push(`${where}: more than ${MAX_HELPERS}`)
  return names.map((name, index) => {
    if (!MACHINE_NAME.test(name)) problems.push(`${where}: "${name}" is not a name`)
    const { host, ipv4 } = addresses(FIRST_ADDRESS[role] + index)
    // Other people look after these than after the nodes.
    const sshUser = role === 'etcd' ? 'root' : 'ops'
    return { name, role, host, ipv4, image: 'debian-12', packageManager: 'apt', sshUser, disk: '20G' }
  })
}

function refuseTwins(machines: readonly LabMachine[], problems: string[]): void {
  const names = machines.map((machine) => machine.name)
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
    problems.push(`two machines are named ${name}`)
  }
}

function parseNodes(list: unknown[], defaults: Mapping, addresses: Addresses, problems: string[]): LabNode[] {
  const count: Record<Role, number> = { 'control-plane': 0, worker: 0 }
  const nodes = list.map((item, index) => {
    const given = { ...defaults, ...asMapping(item, `nodes[${index}]`, problems) }
    const where = `nodes[${index}]${typeof given['name'] === 'string' ? ` (${given['name']})` : ''}`
    return parseNode(given, where, addresses, count, problems)
  })
  if (count['control-plane'] === 0) problems.push('no node has the role control-plane')
  for (const role of ROLES) {
    if (count[role] > MAX_NODES[role])
      problems.push(`more than ${MAX_NODES[role]} nodes with the role ${role}`)
  }
  return nodes
}

function parseNode(
  given: Mapping,
  where: string,
  addresses: Addresses,
  count: Record<Role, number>,
  problems: string[],
): LabNode {
  onlyKeys(given, ['name', 'nodeName', 'role', ...Object.keys(NODE_DEFAULTS)], where, problems)
  const text = (key: string, pattern: RegExp, accepts: string): string => {
    const value = asText(given[key])
    if (!pattern.test(value)) problems.push(`${where}: ${key} is "${value}", accepted: ${accepts}`)
    return value
  }
  const role = text('role', /^(control-plane|worker)$/, ROLES.join(', ')) as Role
  const index = ROLES.includes(role) ? count[role]++ : 0
  supported('image', asText(given['image']), where, problems)
  supported('packageManager', asText(given['packageManager']), where, problems)
  const name = text('name', MACHINE_NAME, 'up to 12 lower-case letters, digits, dashes')
  return {
    name,
    nodeName: asText(given['nodeName'] ?? name),
    role,
    ...addresses(FIRST_ADDRESS[role] + index),
    image: asText(given['image']),
    packageManager: asText(given['packageManager']) as PackageManager,
    sshUser: text('sshUser', /^[a-z][a-z0-9-]{0,30}$/, 'a user name'),
    disk: text('disk', /^\d+G$/, 'a size like 20G'),
  }
}

function supported(key: keyof typeof SUPPORTED, value: string, where: string, problems: string[]): void {
  const values: readonly string[] = SUPPORTED[key]
  if (!values.includes(value)) {
    problems.push(`${where}: ${key} "${value}" is not supported yet, accepted: ${values.join(', ')}`)
  }
}

function asMapping(value: unknown, where: string, problems: string[]): Mapping {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Mapping
  problems.push(`${where} must be a mapping`)
  return {}
}

function asText(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function asList(value: unknown, where: string, problems: string[]): unknown[] {
  if (Array.isArray(value)) return value
  problems.push(`${where} must be a list`)
  return []
}

function onlyKeys(mapping: Mapping, known: string[], where: string, problems: string[]): void {
  for (const key of Object.keys(mapping)) {
    if (!known.includes(key)) problems.push(`${where}: unknown key "${key}", accepted: ${known.join(', ')}`)
  }
}

/** Whether packages come as rpm. */
export function isRpm(manager: PackageManager): boolean {
  return manager !== 'apt' && manager !== 'none'
}

/** The package managers that the nodes have, each once. */
export function managersOf(topology: Topology): PackageManager[] {
  return [...new Set(topology.nodes.map((node) => node.packageManager))]
}

export function controlPlanes(topology: Topology): LabNode[] {
  return topology.nodes.filter((node) => node.role === 'control-plane')
}

export function workers(topology: Topology): LabNode[] {
  return topology.nodes.filter((node) => node.role === 'worker')
}

export function firstControlPlane(topology: Topology): LabNode {
  const [first] = controlPlanes(topology)
  if (first === undefined) throw new Error('a parsed topology has a control plane node')
  return first
}

/** Every machine, those that are needed longest last: nodes stop before their etcd does. */
export function machinesOf(topology: Topology): LabMachine[] {
  return [...topology.nodes, ...topology.etcd, ...topology.jumpHosts]
}

/** The address of the bridge by which the cluster knows the load balancer. */
export function bridgeAddress(topology: Topology): string {
  return topology.ipv6 ? BRIDGE_ADDRESS_IPV6 : BRIDGE_ADDRESS
}

/** Where kubelets and users reach the API: the load balancer, or the first control plane node itself. */
export function endpoint(topology: Topology): string {
  const host =
    topology.loadBalancer === 'haproxy' ? bridgeAddress(topology) : firstControlPlane(topology).host
  return `${inUrl(host)}:6443`
}

/** An address as URLs and HAProxy want it. */
export function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
