import { parseSections } from '../node/sections.ts'
import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'
import { json } from './json.ts'
import type { Selector } from './selector.ts'

const forecastScript = adminScript(loadScript('forecast', new URL('./scripts/forecast.sh', import.meta.url)))

/** A PodDisruptionBudget with what its controller counted. */
export interface Budget {
  namespace: string
  name: string
  selector: Selector
  /** Pods that may be evicted now. */
  allowed: number
  healthy: number
  /** Pods that have to stay healthy. */
  desired: number
  expected: number
}

/** A webhook of a Validating- or MutatingWebhookConfiguration. */
export interface Webhook {
  configuration: string
  name: string
  /** The API request fails when the webhook does not answer. */
  failsClosed: boolean
  rules: readonly { apiGroups: string[]; operations: string[]; resources: string[] }[]
  /** undefined: it has a URL. */
  service: { namespace: string; name: string } | undefined
  namespaceSelector: Selector
  objectSelector: Selector
}

export interface ApiService {
  name: string
  /** `namespace/name` of the service that answers for it. */
  service: string
  available: boolean
  /** Why it is not available. */
  message: string
}

export interface DaemonSet {
  namespace: string
  name: string
  images: readonly string[]
}

/** What may stand in the way of an upgrade, beside nodes and pods. */
export interface Obstacles {
  budgets: readonly Budget[]
  /** `namespace/name` of claims whose volume is a folder of one node. */
  localClaims: ReadonlySet<string>
  /** Namespace → its labels. */
  namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>
  daemonSets: readonly DaemonSet[]
  /** Only those that a service in the cluster answers for. */
  apiServices: readonly ApiService[]
  webhooks: readonly Webhook[]
  /** Node → names of the images it has; undefined when they were not asked for. A kubelet reports the 50 largest. */
  images: ReadonlyMap<string, ReadonlySet<string>> | undefined
}

/** Reads it through the first control plane node that answers. @throws {Failure} `control-plane-unhealthy` */
export async function readObstacles(admin: Admin, withImages: boolean): Promise<Obstacles> {
  const args = [withImages ? 'images' : '']
  const output = await askControlPlane(admin, forecastScript, { args, timeout: 120_000 })
  return parseObstacles(parseSections(output.stdout))
}

/** Obstacles from the sections that forecast.sh printed. */
export function parseObstacles(sections: ReadonlyMap<string, string>): Obstacles {
  const rows = (name: string): string[][] =>
    (sections.get(name) ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'))
  return {
    budgets: rows('budgets').map(parseBudget),
    localClaims: new Set(
      rows('volumes').flatMap(([namespace = '', name = '', path]) => (path ? [`${namespace}/${name}`] : [])),
    ),
    namespaces: new Map(
      rows('namespaces').map(([name = '', labels]) => [name, json<Record<string, string>>(labels, {})]),
    ),
    daemonSets: rows('daemon-sets').map(([namespace = '', name = '', images = '']) => ({
      namespace,
      name,
      images: images.split(' ').filter(Boolean),
    })),
    apiServices: rows('api-services').flatMap(parseApiService),
    webhooks: [...rows('validating-webhooks'), ...rows('mutating-webhooks')].flatMap(parseWebhooks),
    images: sections.has('images') ? parseImages(rows('images')) : undefined,
  }
}

function parseBudget(row: string[]): Budget {
  const [namespace = '', name = '', selector, allowed, healthy, desired, expected] = row
  return {
    namespace,
    name,
    selector: json<Selector>(selector, {}),
    allowed: Number(allowed) || 0,
    healthy: Number(healthy) || 0,
    desired: Number(desired) || 0,
    expected: Number(expected) || 0,
  }
}

interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
}

function parseApiService([name = '', namespace = '', service = '', conditions]: string[]): ApiService[] {
  if (service === '') return []
  const available = json<Condition[]>(conditions, []).find((one) => one.type === 'Available')
  const message = available?.message ?? 'its API server has not said yet whether it is available'
  return [{ name, service: `${namespace}/${service}`, available: available?.status === 'True', message }]
}

interface RawWebhook {
  name: string
  failurePolicy?: string
  rules?: { apiGroups?: string[]; operations?: string[]; resources?: string[] }[]
  clientConfig?: { service?: { namespace: string; name: string } }
  namespaceSelector?: Selector
  objectSelector?: Selector
}

function parseWebhooks([configuration = '', webhooks]: string[]): Webhook[] {
  return json<RawWebhook[]>(webhooks, []).map((one) => {
    const service = one.clientConfig?.service
    return {
      configuration,
      name: one.name,
      failsClosed: (one.failurePolicy ?? 'Fail') === 'Fail',
      rules: (one.rules ?? []).map(({ apiGroups = [], operations = [], resources = [] }) => ({
        apiGroups,
        operations,
        resources,
      })),
      service: service === undefined ? undefined : { namespace: service.namespace, name: service.name },
      namespaceSelector: one.namespaceSelector ?? {},
      objectSelector: one.objectSelector ?? {},
    }
  })
}

/** The names of an image are a list of their own: `["a@sha256:…","a:1"] ["b:2"]`. */
function parseImages(rows: string[][]): Map<string, ReadonlySet<string>> {
  return new Map(
    rows.map(([node = '', names = '']) => [
      node,
      new Set(names.split(' ').flatMap((list) => json<string[]>(list, []))),
    ]),
  )
}
