import { kubeadmPurpose, packagesToMove, type NodeFacts } from '../node/node.ts'
import type { Policy } from '../inventory/policy.ts'
import { imageRepositoryOf } from '../cluster/image-repository.ts'
import { cordonedByOthers, type Snapshot } from '../cluster/snapshot.ts'
import { minorOf, type Minor, type Version } from '../versions/version.ts'
import { gracefulStop } from './graceful-stop.ts'
import { minorsOnTheWay, ranKubeadmOf } from './lag.ts'
import {
  apiServersAt,
  controlPlaneComponents,
  kubeletIsLocal,
  leavesKubeProxy,
  packageVersion,
  type ObservedNode,
} from './observed.ts'

/** The steps of one node, in the order in which they are done. */
export const stepIds = [
  'kubeadm-upgrade-node-between',
  'hold-packages',
  'switch-repository',
  'stage-packages',
  'stage-images',
  'install-kubeadm',
  'image-repository',
  'stop-api-server',
  'kubeadm-upgrade-apply',
  'kubeadm-upgrade-node',
  'cni-hook',
  'cordon',
  'drain',
  'install-kubelet',
  'restart-kubelet',
  'wait-healthy',
  'uncordon',
] as const

export type StepId = (typeof stepIds)[number]

/**
 * On Windows the documented procedure drains before `kubeadm upgrade node`:
 * https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-windows-nodes/
 */
const windowsOrder: readonly StepId[] = stepIds
  .filter((id) => id !== 'kubeadm-upgrade-node')
  .flatMap((id) => (id === 'install-kubelet' ? ['kubeadm-upgrade-node', id] : [id]))

/** Steps that change nothing that runs: done on all nodes of a phase at once, before the first real change. */
export const stagingSteps: readonly StepId[] = [
  'hold-packages',
  'switch-repository',
  'stage-packages',
  'stage-images',
]

/** One step of one node: whether it is missing, and what was seen that says so. */
export interface Step {
  id: StepId
  /** The hop's version that it belongs to. */
  version: Version
  needed: boolean
  why: string
}

/** What one node has to reach. */
export interface Goal {
  /** The hop's version. */
  version: Version
  policy: Policy
  /** How many control plane nodes the inventory has. */
  controlPlanes: number
  /** The versions on the way, one of each minor: a worker's kubelet skips them, its kubeadm does not. Oldest first. */
  between: readonly Version[]
}

/**
 * What is missing on one node, from what was observed on it and in the cluster. Pure.
 *
 * The order is that of the documented procedure: kubeadm, `kubeadm upgrade`, drain, kubelet and kubectl, restart, uncordon
 * (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/).
 */
export function nodeSteps(node: ObservedNode, snapshot: Snapshot, goal: Goal): Step[] {
  const waits = kubeletWaits(node, snapshot, goal)
  const steps = [...packageSteps(node.facts, goal, waits), ...kubeadmSteps(node, snapshot, goal)]
  const changing = steps.some((step) => step.id !== 'hold-packages' && step.needed)
  const own = [...steps, ...kubeletSteps(node, goal, { changing, waits })]
  const all = [...stepsBetween(node, goal), ...own.map((one) => ({ ...one, version: goal.version }))]
  const order = node.facts.system === 'windows' ? windowsOrder : stepIds
  return all.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id))
}

/** The kubeadm of every minor that a worker's kubelet skips, oldest first; see lag.ts. */
export function stepsBetween({ role, node, facts }: ObservedNode, goal: Goal): Step[] {
  if (role !== 'worker' || node?.kubeletVersion === undefined) return []
  const running = node.kubeletVersion
  const minors = minorsOnTheWay(running, goal.version)
  return goal.between
    .filter((version) => minors.includes(minorOf(version)))
    .map((version) => {
      const done = ranKubeadmOf(minorOf(version), facts)
      const why = done ? 'kubeadm ended with exit code 0 before' : `the kubelet stays at ${running} meanwhile`
      return { ...step('kubeadm-upgrade-node-between', !done, why), version }
    })
}

/** The steps that are still to be done. */
export function missing(steps: readonly Step[]): Step[] {
  return steps.filter((step) => step.needed)
}

/** A step of the goal's own hop. */
type OwnStep = Omit<Step, 'version'>

function packageSteps(facts: NodeFacts, goal: Goal, waits: boolean): OwnStep[] {
  const wanted = minorOf(goal.version)
  const names = packagesToMove(facts)
  const unheld = names.filter((name) => facts.packages.has(name) && !facts.holds.includes(name))
  const switching = repositoryReason(facts, wanted, goal.policy)
  const due = waits ? names.filter((name) => name === 'kubeadm') : names
  const behind = due.filter((name) => packageVersion(facts, name) !== goal.version)
  const kubeadm = packageVersion(facts, 'kubeadm')
  return [
    step(
      'hold-packages',
      unheld.length > 0,
      unheld.length > 0 ? `not on hold: ${unheld.join(', ')}` : 'all on hold',
    ),
    step('switch-repository', switching !== undefined, switching ?? `names ${wanted}`),
    step(
      'stage-packages',
      behind.length > 0,
      behind.length > 0 ? `to be installed: ${behind.join(', ')}` : `${due.join(', ')} at ${goal.version}`,
    ),
    step('install-kubeadm', kubeadm !== goal.version, `kubeadm is ${kubeadm ?? 'missing'}`),
  ]
}

/** Why the repository file has to be changed; undefined: it has not, or the node has none. */
function repositoryReason(facts: NodeFacts, wanted: Minor, policy: Policy): string | undefined {
  const [repository] = facts.repositories
  const { baseUrl, keyring } = policy.packages
  if (repository === undefined) return undefined
  if (repository.minor !== wanted) return `names ${repository.minor ?? 'no minor'}, wanted is ${wanted}`
  const mirror = baseUrl?.replace(/\/+$/, '')
  if (mirror !== undefined && repository.baseUrl !== undefined && repository.baseUrl !== mirror)
    return `names ${repository.baseUrl}, wanted is ${mirror}`
  if (keyring !== undefined && repository.keyring !== undefined && repository.keyring !== keyring)
    return `is signed by ${repository.keyring}, wanted is ${keyring}`
  return undefined
}

/**
 * Versions alone don't say that kubeadm finished: the static pods are new long before the ConfigMaps, RBAC and addons are.
 * What counts is its exit code 0 on this node, or the last thing that kubeadm does in the whole cluster: the addons at the
 * version, which it moves only when every API server has it.
 */
function kubeadmSteps(node: ObservedNode, snapshot: Snapshot, goal: Goal): OwnStep[] {
  const action = node.primary ? 'apply' : 'node'
  const id = node.primary ? 'kubeadm-upgrade-apply' : 'kubeadm-upgrade-node'
  const purpose = kubeadmPurpose(action, goal.version)
  const exitedZero = node.facts.jobs.some((job) => job.purpose === purpose && job.code === 0)
  if (node.role === 'worker') {
    const moved =
      runningKubelet(node) === goal.version && packageVersion(node.facts, 'kubeadm') === goal.version
    const why = exitedZero
      ? `kubeadm ended with exit code 0 before`
      : moved
        ? `the kubelet runs ${goal.version} already`
        : 'not done yet'
    return [step(id, !exitedZero && !moved, why)]
  }
  const behind = controlPlaneComponents.filter(
    (name) => node.staticPods.find((pod) => pod.component === name)?.version !== goal.version,
  )
  const addons =
    snapshot.kubeProxy === undefined ||
    snapshot.kubeProxy.version === goal.version ||
    leavesKubeProxy(goal.policy)
  const everywhere = apiServersAt(snapshot, goal.version)
  const unfinished = unfinishedReason(node, snapshot, goal, { behind, addons, everywhere, exitedZero })
  const needed = unfinished !== undefined
  const graceful = gracefulStop(node, snapshot, goal.policy)
  const stop = step('stop-api-server', needed && graceful.helps, graceful.why)
  const images = step(
    'stage-images',
    behind.length > 0,
    behind.length > 0 ? `images of ${goal.version}` : 'all running',
  )
  const cni =
    goal.policy.hooks.cni.length > 0
      ? [step('cni-hook', needed && node.primary, 'after the first control plane node')]
      : []
  return [
    images,
    ...repositorySteps(node, snapshot, goal, needed),
    stop,
    step(id, needed, unfinished ?? `all static pods at ${goal.version}, kubeadm finished`),
    ...cni,
  ]
}

/** kubeadm takes the image repository from kubeadm-config alone: it has to be there before the first `kubeadm upgrade apply`. */
function repositorySteps(node: ObservedNode, snapshot: Snapshot, goal: Goal, applies: boolean): OwnStep[] {
  const { repository } = goal.policy.images
  if (repository === undefined || !node.primary) return []
  const now = imageRepositoryOf(snapshot.clusterConfiguration)
  return [step('image-repository', applies && now !== repository, `kubeadm-config names ${now}`)]
}

interface KubeadmState {
  behind: readonly string[]
  addons: boolean
  everywhere: boolean
  exitedZero: boolean
}

function unfinishedReason(
  node: ObservedNode,
  snapshot: Snapshot,
  goal: Goal,
  state: KubeadmState,
): string | undefined {
  if (state.behind.length > 0) return `not at ${goal.version}: ${state.behind.join(', ')}`
  if (node.primary && snapshot.kubernetesVersion !== goal.version) {
    return `kubeadm-config still says ${snapshot.kubernetesVersion ?? 'nothing'}`
  }
  if (state.everywhere && state.addons) return undefined
  if (!state.exitedZero) return 'an earlier kubeadm did not finish'
  // As long as another control plane node is not done, its own kubeadm moves the addons.
  const last = [...snapshot.nodes.values()].every(
    ({ controlPlane, kubeletVersion }) => !controlPlane || kubeletVersion === goal.version,
  )
  if (state.everywhere && last && node.primary) return `kube-proxy is not at ${goal.version}`
  return undefined
}

/**
 * Whether the kubelet of a control plane node has to wait for the other API servers: it must not be newer than any that it
 * may reach (https://kubernetes.io/releases/version-skew-policy/#kubelet). `kubeadm upgrade` may end that, on the last node,
 * and where it makes the kubelet talk to the API server beside it.
 */
export function kubeletWaits(node: ObservedNode, snapshot: Snapshot, goal: Goal): boolean {
  return (
    node.role === 'control-plane' &&
    goal.controlPlanes > 1 &&
    !kubeletIsLocal(node.facts) &&
    !apiServersAt(snapshot, goal.version)
  )
}

function kubeletSteps(
  node: ObservedNode,
  goal: Goal,
  { changing, waits }: { changing: boolean; waits: boolean },
): OwnStep[] {
  const running = runningKubelet(node)
  const names = packagesToMove(node.facts).filter((name) => name !== 'kubeadm')
  const installed = names.every((name) => packageVersion(node.facts, name) === goal.version)
  const swap = running !== goal.version || packageVersion(node.facts, 'kubelet') !== goal.version
  const why = `kubelet runs ${running ?? 'an unknown version'}`
  const later = 'waits: this kubelet talks to the load balancer, so the other control plane nodes go first'
  const moves = swap && !waits
  const drains = moves && drainWanted(running, goal)
  const down = !node.facts.kubelet.active
  const foreign = cordonedByOthers(node.node)
  const uncordon = node.node?.cordonedByUs === true || (drains && !foreign)
  const unready = node.node?.ready === false
  return [
    step(
      'cordon',
      drains && node.node?.unschedulable !== true,
      node.node?.unschedulable === true ? 'already cordoned' : why,
    ),
    step('drain', drains, why),
    step(
      'install-kubelet',
      !installed && !waits,
      waits ? later : names.map((name) => `${name} ${text(packageVersion(node.facts, name))}`).join(', '),
    ),
    step(
      'restart-kubelet',
      moves || down,
      down ? `the kubelet is ${node.facts.kubelet.state}` : waits ? later : why,
    ),
    step(
      'wait-healthy',
      changing || moves || down || unready,
      unready ? node.node.readyMessage : 'proves the result',
    ),
    step(
      'uncordon',
      uncordon && !waits,
      foreign ? 'somebody else cordoned it: stays cordoned' : 'cordoned by kubeadm-upgrade',
    ),
  ]
}

/** The page demands a drain when the kubelet's minor changes; for a patch the policy may leave it out. */
function drainWanted(running: Version | undefined, goal: Goal): boolean {
  return goal.policy.drain.onPatch || running === undefined || minorOf(running) !== minorOf(goal.version)
}

function runningKubelet(node: ObservedNode): Version | undefined {
  return node.node?.kubeletVersion
}

function text(version: Version | undefined): string {
  return version ?? 'not installed'
}

function step(id: StepId, needed: boolean, why: string): OwnStep {
  return { id, needed, why }
}
