import { Failure } from '../failure.ts'
import { parseSections } from '../node/sections.ts'
import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'
import { json } from './json.ts'
import { parseQuantity } from './quantity.ts'
import type { Selector } from './selector.ts'

const pageScript = adminScript(loadScript('pods-page', new URL('./scripts/pods-page.sh', import.meta.url)))

/** Pods a page: about 10 MB of what the API server says. */
const pageSize = 1000

/** Pods that are read at most: more would take longer than a plan may. */
const maxPods = 50_000

/** Requests of a pod: CPU in cores, memory in bytes, and whatever else there is. */
export type Resources = Readonly<Record<string, number>>

export interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
}

/** One requirement on labels or fields of a node. */
export interface NodeRequirement {
  key: string
  operator: string
  values?: readonly string[]
}

export interface NodeTerm {
  matchExpressions?: readonly NodeRequirement[]
  matchFields?: readonly NodeRequirement[]
}

export interface PodAffinityTerm {
  topologyKey?: string
  labelSelector?: Selector
  namespaces?: readonly string[]
}

/** What pods of one controller have in common; shared by them, so that a large cluster stays small in memory. */
export interface PodShape {
  labels: Readonly<Record<string, string>>
  /** Kind and name of what would start it again; undefined: nothing does. */
  owner: { kind: string; name: string } | undefined
  requests: Resources
  emptyDir: boolean
  claims: readonly string[]
  graceSeconds: number
  images: readonly string[]
  nodeSelector: Readonly<Record<string, string>>
  /** Required node affinity: one of the terms must hold; undefined: any node. */
  nodeTerms: readonly NodeTerm[] | undefined
  /** Required pod anti-affinity. */
  antiAffinity: readonly PodAffinityTerm[]
  tolerations: readonly Toleration[]
}

/** A pod that has not ended. */
export interface Pod {
  namespace: string
  name: string
  /** Empty: no node takes it. */
  node: string
  ending: boolean
  /** A static pod's mirror: it stays where it is. */
  mirror: boolean
  shape: PodShape
}

export interface Workloads {
  pods: readonly Pod[]
  /** There are more pods than were read. */
  partial: boolean
}

/**
 * The pods of the cluster, page by page, in the fields that the forecasts use.
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function readWorkloads(admin: Admin): Promise<Workloads> {
  const pods: Pod[] = []
  const shapes = new Map<string, PodShape>()
  let next = ''
  do {
    const output = await askControlPlane(admin, pageScript, {
      args: [String(pageSize), next],
      timeout: 120_000,
    })
    const sections = parseSections(output.stdout)
    if (!sections.has('end')) {
      throw new Failure('control-plane-unhealthy', 'The pods of the cluster could not be read completely.', {
        seen: output.stderr.slice(-2000),
        next: 'Check that the API server answers: kubectl get --raw /readyz?verbose',
      })
    }
    for (const pod of parsePods(sections.get('pods') ?? '', shapes)) pods.push(pod)
    next = (sections.get('continue') ?? '').trim()
  } while (next !== '' && pods.length < maxPods)
  return { pods, partial: next !== '' }
}

/** Pods from the lines that pods-page.sh printed. @param shapes those that are known; new ones are added */
export function parsePods(text: string, shapes = new Map<string, PodShape>()): Pod[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [namespace = '', name = '', node = '', deletion = '', mirror = '', ...rest] = line.split('\t')
      const key = rest.join('\t')
      const shape = shapes.get(key) ?? parseShape(rest)
      shapes.set(key, shape)
      return { namespace, name, node, ending: deletion !== '', mirror: mirror !== '', shape }
    })
}

interface Affinity {
  nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms?: NodeTerm[] } }
  podAntiAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[] }
}

function parseShape(fields: readonly string[]): PodShape {
  const [
    labels,
    kind = '',
    owner = '',
    requests = '',
    initial = '',
    emptyDir,
    claims = '',
    grace,
    images = '',
  ] = fields
  const [nodeSelector, affinityText, tolerations] = fields.slice(9)
  const affinity = json<Affinity>(affinityText, {})
  const own = { ...json<Record<string, string>>(labels, {}) }
  return {
    labels: own,
    owner: kind === '' ? undefined : { kind, name: owner },
    requests: effectiveRequests(maps(requests), maps(initial)),
    emptyDir: emptyDir !== undefined && emptyDir !== '',
    claims: claims.split(' ').filter(Boolean),
    graceSeconds: Number(grace ?? 30) || 0,
    images: images.split(' ').filter(Boolean),
    nodeSelector: json(nodeSelector, {}),
    nodeTerms:
      affinity.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? undefined,
    antiAffinity: affinity.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    tolerations: json(tolerations, []),
  }
}

/** Several JSON objects with a space between them, as kubectl prints what a wildcard finds; they have no space of their own. */
function maps(text: string): Record<string, string>[] {
  return text
    .split(' ')
    .filter(Boolean)
    .map((one) => json<Record<string, string>>(one, {}))
}

/** Containers together, or the largest of the init containers: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers */
function effectiveRequests(
  containers: readonly Record<string, string>[],
  initial: readonly Record<string, string>[],
): Resources {
  const total: Record<string, number> = {}
  for (const requests of containers)
    for (const [name, quantity] of Object.entries(requests))
      total[name] = (total[name] ?? 0) + parseQuantity(quantity)
  for (const requests of initial)
    for (const [name, quantity] of Object.entries(requests))
      total[name] = Math.max(total[name] ?? 0, parseQuantity(quantity))
  return total
}
