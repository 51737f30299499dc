import { parse } from 'yaml'

/** What a static pod manifest has beside image and flags, as far as people edit it. */
export interface ManifestShape {
  /** Paths of the node that it mounts. */
  hostPaths: string[]
  /** Names of environment variables; their values stay on the node. */
  env: string[]
  /** What its container requests: `cpu` → `250m`. */
  requests: Readonly<Record<string, string>>
  /** What its container is limited to. */
  limits: Readonly<Record<string, string>>
  /** Names of containers beside the component's own. */
  others: string[]
}

interface Container {
  name?: string
  env?: { name?: string }[]
  resources?: { requests?: Record<string, unknown>; limits?: Record<string, unknown> }
}

interface Manifest {
  spec?: { containers?: Container[]; volumes?: { hostPath?: { path?: string } }[] }
}

/** The shape of a manifest; undefined for what is no manifest of a pod (the kubelet tells of that in its own words). */
export function parseManifest(text: string): ManifestShape | undefined {
  const manifest = read(text)
  const [own, ...others] = manifest?.spec?.containers ?? []
  if (own === undefined) return undefined
  return {
    hostPaths: (manifest?.spec?.volumes ?? []).flatMap(({ hostPath }) => hostPath?.path ?? []),
    env: (own.env ?? []).flatMap(({ name }) => name ?? []),
    requests: texts(own.resources?.requests),
    limits: texts(own.resources?.limits),
    others: others.map(({ name = '' }) => name),
  }
}

function read(text: string): Manifest | undefined {
  try {
    return (parse(text) ?? undefined) as Manifest | undefined
  } catch {
    return undefined
  }
}

function texts(quantities: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, String(quantity)]))
}
