import { parseHost } from './addresses.ts'
import type { SshOverrides } from './inventory.ts'
import { problemAt, show } from './problems.ts'
import type { Problem } from './problems.ts'
import type { YamlText } from './yaml.ts'

/*
 * What a schema cannot say about the nodes of an inventory: entries that clash with each other. All of it works on data that may
 * still be wrong elsewhere, so that a person sees every mistake at once; what cannot be judged is left to the schema.
 */

type Loose = Readonly<Record<string, unknown>>

/** Two entries with one name, or two entries for one machine. */
export function clashes(yaml: YamlText, overrides: SshOverrides): Problem[] {
  const nodes = looseNodes(yaml.value)
  const names = repeated(nodes.map(({ name }) => (typeof name === 'string' ? name : undefined)))
  const targets = repeated(nodes.map((node) => target(node, looseSsh(yaml.value), overrides)))
  return [
    ...names.map(({ index, first }) =>
      problemAt(
        yaml,
        ['nodes', index, 'name'],
        describe(yaml, 'the name', show(nodes[index]?.['name']), first),
      ),
    ),
    ...targets.map(({ index, first }) =>
      problemAt(
        yaml,
        ['nodes', index, 'host'],
        describe(yaml, 'the host and port', show(nodes[index]?.['host']), first),
      ),
    ),
  ]
}

/** Every phase talks to the cluster through a control plane node. */
export function missingControlPlane(yaml: YamlText): Problem[] {
  const roles = looseNodes(yaml.value).map(({ role }) => role)
  // A role that cannot be read may have been meant as control-plane, and is a problem of its own.
  if (roles.length === 0 || roles.some((role) => role !== 'worker')) return []
  const message =
    'has no node with role control-plane; at least one is needed, to reach the cluster through it'
  return [problemAt(yaml, ['nodes'], message)]
}

/** The control plane runs on Linux only. */
export function windowsControlPlanes(yaml: YamlText): Problem[] {
  return looseNodes(yaml.value).flatMap(({ role, os }, index) =>
    role === 'control-plane' && os === 'windows'
      ? [problemAt(yaml, ['nodes', index, 'os'], 'got windows; accepts linux for a control plane node')]
      : [],
  )
}

function describe(yaml: YamlText, what: string, value: string, first: number): string {
  return `${what} ${value} stands in line ${yaml.lineOf(['nodes', first])} (nodes[${first}]) already`
}

/** Two machines behind different jump hosts may well have one address. */
function target(node: Loose, ssh: Loose, overrides: SshOverrides): string | undefined {
  const host = typeof node['host'] === 'string' ? parseHost(node['host']) : undefined
  if (host === undefined) return undefined
  const port = overrides.port ?? node['port'] ?? ssh['port'] ?? 22
  const jump = overrides.jump ?? node['jump'] ?? ssh['jump'] ?? []
  return JSON.stringify([host, port, jump])
}

function repeated(keys: readonly (string | undefined)[]): { index: number; first: number }[] {
  const seen = new Map<string, number>()
  return keys.flatMap((key, index) => {
    const first = key === undefined ? undefined : seen.get(key)
    if (first !== undefined) return [{ index, first }]
    if (key !== undefined) seen.set(key, index)
    return []
  })
}

function looseNodes(value: unknown): Loose[] {
  const nodes = isLoose(value) ? value['nodes'] : undefined
  return Array.isArray(nodes) ? nodes.map((node: unknown) => (isLoose(node) ? node : {})) : []
}

function looseSsh(value: unknown): Loose {
  const ssh = isLoose(value) ? value['ssh'] : undefined
  return isLoose(ssh) ? ssh : {}
}

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null
}
