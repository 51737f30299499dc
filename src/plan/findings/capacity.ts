import type { ClusterNode } from '../../cluster/snapshot.ts'
import type { Pod } from '../../cluster/workloads.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { findHomeless, type Homeless } from '../capacity.ts'
import { evictedPods, podName } from '../drains.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Forecast, Observed } from '../observed.ts'

export const capacityCatalogue = {
  capacity: {
    severity: 'warns',
    looks:
      'Whether the pods of a node find a place on the other nodes while it is out of service: by requests, taints, node selectors, required affinity to nodes and required anti-affinity within a node. Looked at for the twenty nodes whose pods ask for most, one at a time, and for as many of the busiest workers together as may be out of service at once (`max-unavailable`). Spreading over zones, volumes that are bound to a zone, priorities and quotas are not looked at.',
    todo: 'Add room for the time of the upgrade, lower `max-unavailable`, or live with these pods waiting (Pending) until the node is back. A disruption budget that counts them will hold the next drain.',
  },
  'image-elsewhere': {
    severity: 'tells',
    looks:
      'Whether the images of the pods that a drain evicts are on another node already, in clusters of up to 500 nodes. The kubelet names only the 50 largest images of a node; of a node that names 50, nothing is told.',
    todo: 'See that the registry of these images is there: their pods start only after they were pulled.',
  },
} as const satisfies Catalogue

const finding = findingsOf(capacityCatalogue)

/** Nodes that are looked at one at a time. */
const busiest = 20

/** Whether what the drains evict finds a place. @param drained nodes; @param together workers that may be out at once */
export function capacityFindings(
  inventory: Inventory,
  { snapshot, forecast }: Observed,
  drained: readonly string[],
  together: number,
): Finding[] {
  if (forecast?.workloads === undefined) return []
  const { pods } = forecast.workloads
  const evicted = evictedPods(pods, drained)
  const movable = (node: string): Pod[] => (evicted.get(node) ?? []).filter((pod) => isMovable(pod, forecast))
  const nodes = [...evicted.keys()]
    .toSorted((a, b) => asked(movable(b)) - asked(movable(a)))
    .slice(0, busiest)
  const alone = nodes.flatMap((node) =>
    homelessFinding(node, [node], findHomeless(snapshot.nodes, pods, new Set([node]), movable(node))),
  )
  const workers = workersAtOnce(inventory, nodes, together)
  const all = workers.flatMap((node) => movable(node))
  return [
    ...alone,
    // What one node alone cannot give away is told already.
    ...(workers.length < 2 || alone.length > 0
      ? []
      : homelessFinding(undefined, workers, findHomeless(snapshot.nodes, pods, new Set(workers), all))),
    ...imageFindings(evicted, forecast, snapshot.nodes),
  ]
}

/** Pods that nothing starts again, or that can run nowhere else, need no place. */
function isMovable({ namespace, shape }: Pod, { obstacles }: Forecast): boolean {
  return (
    shape.owner !== undefined &&
    !shape.claims.some((claim) => obstacles.localClaims.has(`${namespace}/${claim}`))
  )
}

/** What pods ask for, in bytes; a core counts as 4 GiB. */
function asked(pods: readonly Pod[]): number {
  return pods.reduce(
    (sum, { shape }) => sum + (shape.requests['memory'] ?? 0) + (shape.requests['cpu'] ?? 0) * 4 * 1024 ** 3,
    0,
  )
}

function workersAtOnce(inventory: Inventory, nodes: readonly string[], together: number): string[] {
  const workers = new Set(inventory.nodes.filter((node) => node.role === 'worker').map((node) => node.name))
  return nodes.filter((node) => workers.has(node)).slice(0, together)
}

function homelessFinding(
  node: string | undefined,
  nodes: readonly string[],
  homeless: readonly Homeless[],
): Finding[] {
  const [first] = homeless
  if (first === undefined) return []
  const others = homeless.length > 1 ? ` (and ${homeless.length - 1} more)` : ''
  const seen = `While ${nodes.join(', ')} ${nodes.length > 1 ? 'are' : 'is'} out of service, ${podName(first.pod)}${others} finds no place: ${first.why}.`
  const remedy =
    node === undefined ? 'Lower max-unavailable, or add room.' : 'Add room, or let these pods wait.'
  return [finding('capacity', node, seen, remedy)]
}

/** A kubelet names so many images at most (nodeStatusMaxImages). */
const namedImages = 50

function imageFindings(
  evicted: ReadonlyMap<string, readonly Pod[]>,
  { obstacles }: Forecast,
  nodes: ReadonlyMap<string, ClusterNode>,
): Finding[] {
  const { images } = obstacles
  if (images === undefined) return []
  return [...evicted].flatMap(([node, pods]) => {
    const others = [...images].filter(([name]) => name !== node && nodes.get(name)?.unschedulable === false)
    if (others.some(([, names]) => names.size >= namedImages)) return []
    const wanted = new Set(
      pods.filter((pod) => pod.shape.owner !== undefined).flatMap((pod) => pod.shape.images),
    )
    const absent = [...wanted].filter((image) => !others.some(([, names]) => has(names, image)))
    if (absent.length === 0) return []
    const more = absent.length > 3 ? ` and ${absent.length - 3} more` : ''
    const seen = `Images of pods on ${node} are on no other node: ${absent.slice(0, 3).join(', ')}${more}.`
    return [
      finding(
        'image-elsewhere',
        node,
        seen,
        'See that their registry is there: they are pulled while the pods wait.',
      ),
    ]
  })
}

/** Nodes name an image in full, pods may leave Docker Hub's name out. */
function has(names: ReadonlySet<string>, image: string): boolean {
  return [image, `docker.io/${image}`, `docker.io/library/${image}`].some((name) => names.has(name))
}
