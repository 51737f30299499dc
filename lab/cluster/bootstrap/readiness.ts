/** When a cluster counts as fresh and Ready: nothing of it is remembered from before the nodes' boot. */
import { STATISTICS_PORT, WEB_PORT } from '../network/haproxy.ts'
import { LabError } from '../output.ts'
import { inNetwork, type LabPaths } from '../paths.ts'
import { attempt, sleep } from '../shell.ts'
import { BRIDGE_ADDRESS, endpoint, type Topology } from '../topology.ts'
import { kubectl } from './kubectl.ts'

const TIMEOUT_MS = 240_000
const POLL_MS = 400

interface Condition {
  type: string
  status: string
  lastHeartbeatTime?: string
}
interface Item {
  kind: string
  metadata: { name: string; deletionTimestamp?: string }
  status: {
    conditions?: Condition[]
    containerStatuses?: { ready: boolean; state: { running?: { startedAt: string } } }[]
  }
}

/**
 * Waits until HAProxy sees every backend, every node is Ready, every pod runs, and the web service answers.
 * @param since start of the nodes' boot (ms since the epoch): older reports of nodes and pods don't count
 * @param onWait is told what is missing, as often as it is looked at
 */
export async function waitUntilReady(
  paths: LabPaths,
  topology: Topology,
  since: number,
  onWait: (missing: string) => void = () => undefined,
): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS
  for (;;) {
    const missing = await whatIsMissing(paths, topology, since)
    if (missing === undefined) return
    onWait(missing)
    if (Date.now() > deadline) {
      throw new LabError(`the cluster is not Ready: ${missing}`, {
        log: paths.logs,
        next: `npm run lab -- kubectl get nodes,pods -A -o wide --name ${paths.name}`,
      })
    }
    await sleep(POLL_MS)
  }
}

/** @returns the first thing that is missing, in words; undefined when the cluster is Ready */
export async function whatIsMissing(
  paths: LabPaths,
  topology: Topology,
  since: number,
): Promise<string | undefined> {
  const readyz = await get(paths, `https://${endpoint(topology)}/readyz`)
  if (readyz !== 'ok') return `the API at ${endpoint(topology)} answers "${readyz}" to /readyz`
  const stale = await staleItem(paths, topology, since)
  if (stale !== undefined) return stale
  const down = downServers(await get(paths, `http://${BRIDGE_ADDRESS}:${STATISTICS_PORT}/;csv`))
  if (down.length > 0) return `HAProxy sees no answer of ${down.join(', ')}`
  const web = await get(paths, `http://${BRIDGE_ADDRESS}:${WEB_PORT}/`)
  return web.startsWith('web-') ? undefined : 'the web service does not answer'
}

async function staleItem(paths: LabPaths, topology: Topology, since: number): Promise<string | undefined> {
  let items: Item[]
  try {
    items = (
      JSON.parse(await kubectl(paths, topology, ['get', 'nodes,pods', '-A', '-o', 'json'])) as {
        items: Item[]
      }
    ).items
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const nodes = items.filter((item) => item.kind === 'Node')
  if (nodes.length < topology.nodes.length)
    return `only ${nodes.length} of ${topology.nodes.length} nodes have joined`
  if (!items.some((item) => item.metadata.name.startsWith('web-'))) return 'no web pod exists'
  const late = items.find((item) =>
    item.kind === 'Node' ? !nodeIsReady(item, since) : !podIsReady(item, since),
  )
  return late && `${late.kind} ${late.metadata.name} is not Ready`
}

function nodeIsReady(node: Item, since: number): boolean {
  const ready = node.status.conditions?.find((condition) => condition.type === 'Ready')
  return ready?.status === 'True' && notBefore(ready.lastHeartbeatTime, since)
}

function podIsReady(pod: Item, since: number): boolean {
  const containers = pod.status.containerStatuses ?? []
  return (
    pod.metadata.deletionTimestamp === undefined &&
    containers.length > 0 &&
    containers.every((each) => each.ready && notBefore(each.state.running?.startedAt, since))
  )
}

/** Kubernetes' timestamps have whole seconds. */
function notBefore(timestamp: string | undefined, since: number): boolean {
  return timestamp !== undefined && Date.parse(timestamp) + 1000 > since
}

/** @param csv HAProxy's statistics: backend, server, …, status in column 18 */
function downServers(csv: string): string[] {
  return csv
    .split('\n')
    .map((line) => line.split(','))
    .filter(([, server]) => server !== undefined && !['svname', 'FRONTEND', 'BACKEND'].includes(server))
    .filter((columns) => columns[17] !== 'UP')
    .map((columns) => `${columns[0] ?? ''}/${columns[1] ?? ''}`)
}

async function get(paths: LabPaths, url: string): Promise<string> {
  return (await attempt([...inNetwork(paths), 'curl', '-sk', '--max-time', '3', url])).stdout
}
