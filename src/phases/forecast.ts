import { readDeprecatedApis, readDeprecatedObjects, type DeprecatedApi } from '../cluster/deprecated.ts'
import { readServiceEndpoints } from '../cluster/endpoints.ts'
import { askEvictions } from '../cluster/evictions.ts'
import { readObstacles } from '../cluster/forecast.ts'
import { readWorkloads } from '../cluster/workloads.ts'
import { evictedPods, evictionsToAsk, nodesToDrain } from '../plan/drains.ts'
import { isRemoved } from '../plan/findings/apis.ts'
import type { Forecast, Observed } from '../plan/observed.ts'
import type { Version } from '../versions/version.ts'
import { admin } from './look.ts'
import type { Run } from './run.ts'

/** The images of the nodes of a larger cluster are tens of megabytes. */
const nodesWithImages = 500

/**
 * Asks the cluster what may stand in the way of this upgrade, changing nothing. The plan asks for everything; the control plane
 * phase once more for what stops it and may have come since: clients of removed APIs, and webhooks. A drain asks for itself.
 * @param hops whether API servers are going to move
 * @returns undefined when this phase has nothing to ask
 */
export async function readForecast(
  run: Run,
  observed: Observed,
  target: Version,
  hops: boolean,
): Promise<Forecast | undefined> {
  const drained = nodesToDrain(run.inventory, observed.snapshot, run.policy, target)
  const planning = run.phase === 'plan' && (hops || drained.length > 0)
  if (!planning && !(run.phase === 'control-plane' && hops)) return undefined
  const way = admin(run)
  const [obstacles, deprecated, workloads] = await Promise.all([
    readObstacles(way, planning && observed.snapshot.nodes.size <= nodesWithImages),
    readDeprecatedApis(way),
    planning ? readWorkloads(way) : undefined,
  ])
  const evicted = evictedPods(workloads?.pods ?? [], drained)
  const gone = distinct(deprecated.flatMap(({ apis }) => apis)).filter((api) => isRemoved(api, target))
  const services = obstacles.webhooks.flatMap(({ failsClosed, service }) =>
    failsClosed && service !== undefined ? [`${service.namespace}/${service.name}`] : [],
  )
  const [endpoints, deprecatedObjects, evictions] = await Promise.all([
    readServiceEndpoints(way, [...new Set(services)]),
    readDeprecatedObjects(way, gone),
    askEvictions(way, evictionsToAsk(evicted, obstacles.budgets)),
  ])
  return { obstacles, endpoints, deprecated, deprecatedObjects, workloads, evictions }
}

function distinct(apis: readonly DeprecatedApi[]): DeprecatedApi[] {
  return [...new Map(apis.map((api) => [`${api.group}/${api.version}/${api.resource}`, api])).values()]
}
