import { parseSections } from '../node/sections.ts'
import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'
import { json } from './json.ts'

const endpointsScript = adminScript(
  loadScript('service-endpoints', new URL('./scripts/service-endpoints.sh', import.meta.url)),
)

interface Endpoint {
  nodeName?: string
  conditions?: { ready?: boolean }
}

/**
 * Where the pods behind services stand: `namespace/name` → one node per endpoint that is ready ('' where the pod has none).
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function readServiceEndpoints(
  admin: Admin,
  services: readonly string[],
): Promise<Map<string, string[]>> {
  if (services.length === 0) return new Map()
  const output = await askControlPlane(admin, endpointsScript, { args: services, timeout: 120_000 })
  return parseServiceEndpoints(parseSections(output.stdout))
}

/** The same from the sections that service-endpoints.sh printed. */
export function parseServiceEndpoints(sections: ReadonlyMap<string, string>): Map<string, string[]> {
  const services = [...sections].filter(([name]) => name !== 'end')
  return new Map(services.map(([name, text]) => [name, text.split('\n').filter(Boolean).flatMap(readyNodes)]))
}

/** A condition that is not said counts as true: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ready */
function readyNodes(line: string): string[] {
  return json<Endpoint[]>(line, [])
    .filter((one) => one.conditions?.ready !== false)
    .map((one) => one.nodeName ?? '')
}
