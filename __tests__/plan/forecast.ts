import type { Budget, Obstacles } from '../../src/cluster/forecast.ts'
import { parsePods, type Pod, type PodShape } from '../../src/cluster/workloads.ts'
import type { Forecast } from '../../src/plan/observed.ts'
import type { Change } from './said.ts'

const [line] = parsePods('\t\t\t\t\t\tReplicaSet\tweb\t\t\t\t\t30\tregistry.example/web:1\t\t\t\n')
if (line === undefined) throw new Error('no pod')
const ofReplicaSet = line.shape

/** A pod of a Deployment, on w1 in the namespace default unless `change` says otherwise. */
export function pod(name: string, shape: Partial<PodShape> = {}, change: Partial<Pod> = {}): Pod {
  return {
    ...line,
    namespace: 'default',
    name,
    node: 'w1',
    ...change,
    shape: { ...ofReplicaSet, ...shape },
  } as Pod
}

/** A budget that protects the pods with the label app=web. */
export function budget(change: Partial<Budget> = {}): Budget {
  const selector = { matchLabels: { app: 'web' } }
  return {
    namespace: 'default',
    name: 'web',
    selector,
    allowed: 0,
    healthy: 2,
    desired: 2,
    expected: 2,
    ...change,
  }
}

export const noObstacles: Obstacles = {
  budgets: [],
  localClaims: new Set(),
  namespaces: new Map([['kube-system', { 'kubernetes.io/metadata.name': 'kube-system' }]]),
  daemonSets: [],
  apiServices: [],
  webhooks: [],
  images: undefined,
}

/** The cluster was asked, and answered this. */
export function forecast(
  pods: readonly Pod[],
  obstacles: Partial<Obstacles> = {},
  change: Partial<Forecast> = {},
): Change {
  return (cluster) => {
    cluster.forecast = {
      obstacles: { ...noObstacles, ...obstacles },
      endpoints: new Map(),
      deprecated: [],
      deprecatedObjects: new Map(),
      workloads: { pods, partial: false },
      evictions: new Map(),
      ...change,
    }
  }
}
