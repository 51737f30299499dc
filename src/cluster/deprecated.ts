import { Failure } from '../failure.ts'
import { parseSections } from '../node/sections.ts'
import { loadScript } from '../ssh/script.ts'
import type { Minor } from '../versions/version.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'

const apisScript = adminScript(
  loadScript('deprecated-apis', new URL('./scripts/deprecated-apis.sh', import.meta.url)),
)
const objectsScript = adminScript(
  loadScript('deprecated-objects', new URL('./scripts/deprecated-objects.sh', import.meta.url)),
)

/** A deprecated API that clients ask for. */
export interface DeprecatedApi {
  group: string
  version: string
  resource: string
  /** The minor that no longer serves it; undefined: none is announced. */
  removedIn: Minor | undefined
}

/** What one API server says of deprecated APIs since it started. */
export interface DeprecatedApis {
  node: string
  /** Seconds since the epoch; 0: it did not answer. A restart forgets what was asked for. */
  since: number
  apis: readonly DeprecatedApi[]
}

/** Objects that somebody writes through an API version: `group/version/resource` → `namespace/name (manager)`. */
export type DeprecatedObjects = ReadonlyMap<string, readonly string[]>

/** Asks every API server, on its own node; one that does not answer is left out. */
export async function readDeprecatedApis({ controlPlanes }: Admin): Promise<DeprecatedApis[]> {
  const answers = await Promise.all(
    controlPlanes.map(async (remote) => {
      try {
        const { stdout } = await remote.run(apisScript, { timeout: 60_000 })
        const answer = parseDeprecatedApis(remote.node, parseSections(stdout))
        return answer.since > 0 ? [answer] : []
      } catch (error) {
        if (error instanceof Failure) return []
        throw error
      }
    }),
  )
  return answers.flat()
}

/** The metric apiserver_requested_deprecated_apis: https://kubernetes.io/docs/reference/using-api/deprecation-policy/#rest-resources-aka-api-objects */
export function parseDeprecatedApis(node: string, sections: ReadonlyMap<string, string>): DeprecatedApis {
  const lines = (sections.get('started') ?? '').split('\n')
  const since = Number(lines.find((line) => line.startsWith('start '))?.slice('start '.length) ?? 0) || 0
  const apis = lines.flatMap((line): DeprecatedApi[] => {
    const label = (name: string): string => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? ''
    if (!line.startsWith('apiserver_requested_deprecated_apis{') || label('resource') === '') return []
    const removedIn = /^1\.\d+$/.test(label('removed_release'))
      ? (label('removed_release') as Minor)
      : undefined
    return [{ group: label('group'), version: label('version'), resource: label('resource'), removedIn }]
  })
  return { node, since, apis }
}

/** `group/version/resource`; a resource of the core group has none. */
export function apiName({ group, version, resource }: DeprecatedApi): string {
  return [group, version, resource].filter(Boolean).join('/')
}

/**
 * The objects that managers write through these APIs, as far as the cluster still says so; at most twenty of each.
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function readDeprecatedObjects(
  admin: Admin,
  apis: readonly DeprecatedApi[],
): Promise<DeprecatedObjects> {
  const names = apis.filter((api) => api.group !== '').map(apiName)
  if (names.length === 0) return new Map()
  const output = await askControlPlane(admin, objectsScript, { args: names, timeout: 120_000 })
  return parseDeprecatedObjects(parseSections(output.stdout))
}

/** DeprecatedObjects from the sections that deprecated-objects.sh printed. */
export function parseDeprecatedObjects(sections: ReadonlyMap<string, string>): DeprecatedObjects {
  const apis = [...sections].filter(([name]) => name !== 'end')
  return new Map(apis.map(([api, text]) => [api, writers(api.split('/').slice(0, 2).join('/'), text)]))
}

/** @param version `group/version` */
function writers(version: string, text: string): string[] {
  const managers = new Map<string, Set<string>>()
  for (const line of text.split('\n').filter(Boolean)) {
    const [object = '', ...all] = line.split('\t')
    const name = object.replace(/^\//, '')
    const own = all.flatMap((one) => (one.startsWith(`${version} `) ? [one.slice(version.length + 1)] : []))
    managers.set(name, new Set([...(managers.get(name) ?? []), ...own]))
  }
  return [...managers].map(([name, own]) => `${name} (${[...own].join(', ')})`)
}
