/** The topology file: which nodes a lab has and what runs on them. Pure; every mistake is reported at once. */
import { parse } from 'yaml'
import { LabError } from './output.ts'

export type Role = 'control-plane' | 'worker'

/** Through what a node gets its Kubernetes packages; `none`: programs in /usr/local/bin. */
export type PackageManager = 'apt' | 'dnf' | 'dnf5' | 'zypper' | 'none'

export interface LabNode {
  name: string
  role: Role
  /** Address on the lab's bridge. */
  host: string
  /** The /24 of the node's pods. */
  podSubnet: string
  image: string
  packageManager: PackageManager
  sshUser: string
  /** Size of the node's disk as truncate(1) takes it, such as 20G. */
  disk: string
}

export interface Topology {
  /** The version the cluster starts with. */
  version: string
  /** Versions in the package repositories and the registry besides `version`. */
  offered: string[]
  loadBalancer: 'haproxy' | 'none'
  nodes: LabNode[]
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
/** Control planes are 10.200.0.11 and up, workers 10.200.0.21 and up. */
const FIRST_ADDRESS: Record<Role, number> = { 'control-plane': 11, worker: 21 }
const MAX_NODES: Record<Role, number> = { 'control-plane': 9, worker: 200 }

type Mapping = Record<string, unknown>

/**
 * @param text the topology file
 * @param source its name, for messages
 * @param version replaces the file's `kubernetes.version`
 */
export function parseTopology(text: string, source: string, version?: string): Topology {
  const problems: string[] = []
  const root = asMapping(parse(text), 'the file', problems)
  onlyKeys(root, ['kubernetes', 'loadBalancer', 'defaults', 'nodes'], 'the file', problems)
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
  const nodes = parseNodes(asList(root['nodes'], 'nodes', problems), defaults, problems)

  if (problems.length > 0)
    throw new LabError(`${source}:\n${problems.map((each) => `  - ${each}`).join('\n')}`)
  return {
    version: start,
    offered: [...new Set(offered)].filter((each) => each !== start),
    loadBalancer: loadBalancer as Topology['loadBalancer'],
    nodes,
  }
}

function parseNodes(list: unknown[], defaults: Mapping, problems: string[]): LabNode[] {
  const count: Record<Role, number> = { 'control-plane': 0, worker: 0 }
  const nodes = list.map((item, index) => {
    const given = { ...defaults, ...asMapping(item, `nodes[${index}]`, problems) }
    const where = `nodes[${index}]${typeof given['name'] === 'string' ? ` (${given['name']})` : ''}`
    return parseNode(given, where, count, problems)
  })
  const names = nodes.map((node) => node.name)
  for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
    problems.push(`two nodes are named ${name}`)
  }
  if (count['control-plane'] === 0) problems.push('no node has the role control-plane')
  for (const role of ROLES) {
    if (count[role] > MAX_NODES[role])
      problems.push(`more than ${MAX_NODES[role]} nodes with the role ${role}`)
  }
  return nodes
}

function parseNode(given: Mapping, where: string, count: Record<Role, number>, problems: string[]): LabNode {
  onlyKeys(given, ['name', 'role', ...Object.keys(NODE_DEFAULTS)], where, problems)
  const text = (key: string, pattern: RegExp, accepts: string): string => {
    const value = asText(given[key])
    if (!pattern.test(value)) problems.push(`${where}: ${key} is "${value}", accepted: ${accepts}`)
    return value
  }
  const role = text('role', /^(control-plane|worker)$/, ROLES.join(', ')) as Role
  const index = ROLES.includes(role) ? count[role]++ : 0
  const octet = FIRST_ADDRESS[role] + index
  supported('image', asText(given['image']), where, problems)
  supported('packageManager', asText(given['packageManager']), where, problems)
  return {
    name: text('name', /^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/, 'up to 12 lower-case letters, digits, dashes'),
    role,
    host: `10.200.0.${octet}`,
    podSubnet: `10.244.${octet}.0/24`,
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

/** Where kubelets and users reach the API: the load balancer, or the first control plane node itself. */
export function endpoint(topology: Topology): string {
  return `${topology.loadBalancer === 'haproxy' ? BRIDGE_ADDRESS : firstControlPlane(topology).host}:6443`
}
