import { goJson, jsonpath } from '../jsonpath.ts'
import { apiServerVersion, serversBehind } from '../model/control-plane.ts'
import { objects } from '../model/objects.ts'
import { Refused, type Json, type JsonObject } from '../model/store.ts'
import { evict } from '../model/workloads.ts'
import type { Call } from './command.ts'

/** `kubectl get --raw PATH`: what the action asks for in this way. @throws {Refused} `NotFound` */
export function getRaw(call: Call): number {
  const url = new URL(call.option('--raw') ?? '', 'https://api')
  const path = url.pathname
  if (/^\/(readyz|livez|healthz)$/.test(path)) call.raw('ok')
  else if (path === '/version') {
    const [machine] = serversBehind(call.cluster, call.option('--server') ?? '')
    call.out(goJson({ gitVersion: (machine && apiServerVersion(machine)) ?? '' }))
  } else if (path === '/metrics') call.raw(metrics(call))
  else if (path === '/api/v1/pods') call.out(podsPage(call, url.searchParams))
  else throw new Refused('NotFound', 'the server could not find the requested resource')
  return 0
}

function metrics({ cluster }: Call): string {
  const apis = cluster.deprecatedApis.map(
    ({ group, version, resource, removed }) =>
      `apiserver_requested_deprecated_apis{group="${group}",removed_release="${removed}",resource="${resource}",subresource="",version="${version}"} 1\n`,
  )
  return `${apis.join('')}process_start_time_seconds 1.7e+09\n`
}

/** One page of the pods, in the order of the API; the token is the number of those before. */
function podsPage({ cluster }: Call, query: URLSearchParams): string {
  const from = Number(query.get('continue') ?? 0)
  const limit = Number(query.get('limit'))
  const all = objects(cluster, 'Pod')
  const end = from + limit
  const metadata = {
    resourceVersion: String(cluster.store.revision),
    ...(end < all.length && { continue: String(end) }),
  }
  // Fields in the order in which the API server writes them.
  return `{"kind":"PodList","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":${JSON.stringify(all.slice(from, end))}}`
}

/** `kubectl annotate --local -f - ... -o jsonpath=`: prints each object of a list, and asks no API server. */
export function annotateLocal(call: Call): number {
  const { items = [] } = JSON.parse(call.stdin) as { items?: Json[] }
  const template = (call.option('-o', '--output') ?? '').replace('jsonpath=', '')
  for (const item of items) call.raw(jsonpath(template, item))
  return 0
}

/** `kubectl create --raw PATH -f -`: an eviction, as a dry run. @throws {Refused} `NotFound`, `TooManyRequests`, `BadRequest` */
export function createRaw(call: Call): number {
  const { cluster } = call
  const [, namespace, name] =
    /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction\?dryRun=All$/.exec(
      call.option('--raw') ?? '',
    ) ?? []
  const { deleteOptions } = JSON.parse(call.stdin) as { deleteOptions?: { dryRun?: string[] } & JsonObject }
  if (name === undefined || deleteOptions?.dryRun?.[0] !== 'All')
    throw new Refused('BadRequest', 'not a dry run of an eviction')
  const pod = cluster.pods.find((one) => one.namespace === namespace && one.name === name)
  if (pod === undefined) throw new Refused('NotFound', `pods "${name}" not found`)
  evict(cluster, { ...pod })
  call.out(
    goJson({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      code: 201,
    } satisfies JsonObject),
  )
  return 0
}
