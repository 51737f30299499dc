import { cordonedByOthers, type Snapshot } from '../cluster/snapshot.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { packagesToMove, type NodeFacts } from '../node/node.ts'
import { minorOf, type Version } from '../versions/version.ts'
import { controlPlaneComponents, type Observed, type ObservedNode } from './observed.ts'
import { nodeSteps, type Goal, type Step, type StepId } from './steps.ts'

/** Steps that wait for the last API server where a kubelet talks to the load balancer. */
const kubeletSteps: readonly StepId[] = [
  'stage-packages',
  'cordon',
  'drain',
  'install-kubelet',
  'restart-kubelet',
  'wait-healthy',
  'uncordon',
]

/**
 * The steps that one node will have taken when the hop is over. A kubelet that has to wait for the other control plane nodes
 * moves after the last of them, in the same hop.
 */
export function stepsOfHop(node: ObservedNode, snapshot: Snapshot, goal: Goal): Step[] {
  const after = nodeSteps(node, withControlPlaneAt(snapshot, goal.version), goal)
  return nodeSteps(node, snapshot, goal).map((step) => {
    const later = after.find((one) => one.id === step.id && kubeletSteps.includes(one.id))
    if (step.needed || later?.needed !== true) return step
    return { ...later, why: `after the last control plane node: ${later.why}` }
  })
}

/** What will be seen once a hop is over on every control plane node: from it follow the steps of the next hop. Workers stay. */
export function afterHop(observed: Observed, inventory: Inventory, version: Version): Observed {
  const names = inventory.nodes.filter((node) => node.role === 'control-plane').map((node) => node.name)
  const facts = new Map(observed.facts)
  const nodes = new Map(observed.snapshot.nodes)
  for (const name of names) {
    const [seen, node] = [facts.get(name), nodes.get(name)]
    if (seen !== undefined) facts.set(name, factsAt(seen, version))
    if (node === undefined) continue
    const unschedulable = cordonedByOthers(node)
    nodes.set(name, { ...node, unschedulable, cordonedByUs: false, ready: true, kubeletVersion: version })
  }
  return { ...observed, facts, snapshot: { ...withControlPlaneAt(observed.snapshot, version), nodes } }
}

function withControlPlaneAt(snapshot: Snapshot, version: Version): Snapshot {
  const components: readonly string[] = controlPlaneComponents
  return {
    ...snapshot,
    staticPods: snapshot.staticPods.map((pod) =>
      components.includes(pod.component) ? { ...pod, version, ready: true } : pod,
    ),
    kubernetesVersion: version,
    kubeProxy: snapshot.kubeProxy && { ...snapshot.kubeProxy, version, settled: true },
  }
}

function factsAt(facts: NodeFacts, version: Version): NodeFacts {
  const names = packagesToMove(facts)
  return {
    ...facts,
    packages: new Map([...facts.packages, ...names.map((one) => [one, version.slice(1)] as const)]),
    holds: [...new Set([...facts.holds, ...names])],
    repositories: facts.repositories.map((one) => ({ ...one, minor: minorOf(version) })),
    kubelet: { ...facts.kubelet, active: true },
  }
}
