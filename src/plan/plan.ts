import type { Inventory, InventoryNode } from '../inventory/inventory.ts'
import type { Snapshot } from '../cluster/snapshot.ts'
import type { Policy } from '../inventory/policy.ts'
import type { KubeadmWord } from '../node/kubeadm-word.ts'
import type { Hop } from '../versions/hops.ts'
import { oldestOf, type Version } from '../versions/version.ts'
import { decisionsOf, digest } from './decisions.ts'
import { canonicalJson } from './digest.ts'
import type { Finding } from './finding.ts'
import { findFindings, isPrimary, weigh } from './findings.ts'
import { kubeadmFindings } from './findings/kubeadm.ts'
import { expectedOf, expectedSeconds, type Expected } from './measured.ts'
import { apiServers, observedNode, packageVersion, type Observed } from './observed.ts'
import { afterHop, stepsOfHop } from './projection.ts'
import { missing, type Goal, type Step } from './steps.ts'
import { isOut } from './window.ts'

/** How many workers may be out of service at once, as the input says it. */
export type MaxUnavailable = { count: number } | { percent: number }

export interface PlanInput {
  inventory: Inventory
  observed: Observed
  policy: Policy
  target: Version
  hops: readonly Hop[]
  /** The versions on the way that workers have to meet; see Goal. */
  between: readonly Version[]
  maxUnavailable: MaxUnavailable
}

/** What a node runs: what the cluster says of its kubelet, the node of its packages, the mirror pods of the control plane. */
export interface NodeVersions {
  kubelet: string
  kubeadm: string
  apiServer: string
  etcd: string
}

export interface PlannedNode {
  name: string
  role: InventoryNode['role']
  groups: readonly string[]
  primary: boolean
  versions: NodeVersions
  /** Cordoned or not Ready now. */
  out: boolean
  /** Steps of all hops, in order; undefined for nodes that this phase did not connect to. */
  steps: Step[] | undefined
  /** How long they are expected to take, from measured ones; undefined without steps. */
  expectedSeconds: number | undefined
}

/** The plan: what will be done, in which order, and what speaks against it. Plain JSON. */
export interface Plan {
  schema: 1
  cluster: { name: string | undefined; uid: string; endpoint: string }
  /** The lowest API server's version. */
  currentVersion: Version
  targetVersion: Version
  hops: readonly Hop[]
  maxUnavailable: number
  /** In upgrade order: the primary, the other control plane nodes, the workers. */
  nodes: PlannedNode[]
  /** Seconds that the phases are expected to take, from measured steps. */
  expected: Expected
  findings: Finding[]
  /** What the first hop's own kubeadm says; only in the plan phase, and when it has something to do. */
  kubeadm?: KubeadmWord
  policy: Policy
  digest: string
}

/** The plan, from what was observed. Pure; the digest does not depend on how far the upgrade has come. */
export function makePlan(input: PlanInput): Plan {
  const { inventory, observed, policy, target } = input
  const ordered = upgradeOrder(inventory.nodes, policy, observed.snapshot)
  const workers = ordered.filter((node) => node.role === 'worker').length
  const maxUnavailable = resolveMaxUnavailable(input.maxUnavailable, workers)
  const nodes = ordered.map((entry) => planNode(entry, input))
  const decided = {
    cluster: {
      name: inventory.cluster,
      uid: observed.snapshot.uid,
      endpoint: observed.snapshot.controlPlaneEndpoint,
    },
    targetVersion: target,
    maxUnavailable,
    nodes,
    policy,
  }
  return {
    schema: 1,
    ...decided,
    currentVersion: oldestOf(apiServers(observed.snapshot).map((server) => server.version)) ?? target,
    hops: input.hops,
    expected: expectedOf(decided),
    findings: findFindings({ inventory, observed, policy, target, hops: input.hops, maxUnavailable }),
    digest: digest(decisionsOf(decided)),
  }
}

/** The plan with kubeadm's own word in it. The digest stays: it is of decisions, not of what was seen. */
export function withKubeadmWord(plan: Plan, kubeadm: KubeadmWord): Plan {
  return { ...plan, kubeadm, findings: weigh([...plan.findings, ...kubeadmFindings(kubeadm)], plan.policy) }
}

/** What a node has to reach. @param version the hop's, or the target's */
export function goalOf(
  version: Version,
  { inventory, policy, between }: Pick<PlanInput, 'inventory' | 'policy' | 'between'>,
): Goal {
  const controlPlanes = inventory.nodes.filter((node) => node.role === 'control-plane').length
  return { version, policy, controlPlanes, between }
}

/** Control plane nodes as the inventory lists them, then the workers: those that the policy's order names first. Stable. */
export function upgradeOrder(
  nodes: readonly InventoryNode[],
  policy: Policy,
  snapshot: Snapshot,
): InventoryNode[] {
  const { order } = policy.workers
  const rank = (node: InventoryNode): number => {
    if (node.role === 'control-plane') return -1
    const labels = snapshot.nodes.get(node.name)?.labels ?? {}
    const at = order.findIndex(
      (rule) => rule.node === node.name || matchesGroup(rule, node) || hasLabel(rule.label, labels),
    )
    return at < 0 ? order.length : at
  }
  return nodes.toSorted((a, b) => rank(a) - rank(b))
}

function matchesGroup(rule: { group?: string | undefined }, node: InventoryNode): boolean {
  return rule.group !== undefined && node.groups.includes(rule.group)
}

/** `key=value` as the policy writes it. */
function hasLabel(label: string | undefined, labels: Readonly<Record<string, string>>): boolean {
  if (label === undefined) return false
  const at = label.indexOf('=')
  return labels[label.slice(0, at)] === label.slice(at + 1)
}

/** A percentage of the workers is rounded down, and at least 1. */
export function resolveMaxUnavailable(value: MaxUnavailable, workers: number): number {
  return 'count' in value ? value.count : Math.max(1, Math.floor((workers * value.percent) / 100))
}

/** The versions that a node shows. */
export function versionsOf(name: string, observed: Observed): NodeVersions {
  const facts = observed.facts.get(name)
  const pods = observed.snapshot.staticPods.filter((pod) => pod.node === name)
  return {
    kubelet: observed.snapshot.nodes.get(name)?.kubeletVersion ?? '',
    kubeadm: facts === undefined ? '' : (packageVersion(facts, 'kubeadm') ?? ''),
    apiServer: pods.find((pod) => pod.component === 'kube-apiserver')?.version ?? '',
    etcd: pods.find((pod) => pod.component === 'etcd')?.version ?? '',
  }
}

function planNode(entry: InventoryNode, input: PlanInput): PlannedNode {
  const { observed, inventory } = input
  const steps = observed.facts.has(entry.name) ? stepsOf(entry, input) : undefined
  return {
    name: entry.name,
    role: entry.role,
    groups: entry.groups,
    primary: isPrimary(inventory, entry),
    versions: versionsOf(entry.name, observed),
    out: isOut(observed.snapshot.nodes.get(entry.name)),
    steps,
    expectedSeconds: steps && expectedSeconds(steps, entry.role),
  }
}

/** A worker's steps lead straight to the target; a control plane node takes every hop. */
function stepsOf(entry: InventoryNode, input: PlanInput): Step[] {
  const { inventory, target, hops } = input
  if (entry.role === 'worker' || hops.length === 0) return stepsTo(target, entry, input)
  let { observed } = input
  return hops.flatMap(({ to }) => {
    const steps = stepsTo(to, entry, { ...input, observed })
    observed = afterHop(observed, inventory, to)
    return steps
  })
}

function stepsTo(version: Version, entry: InventoryNode, input: PlanInput): Step[] {
  const { inventory, observed } = input
  const node = observedNode(entry, observed, isPrimary(inventory, entry))
  return node === undefined ? [] : stepsOfHop(node, observed.snapshot, goalOf(version, input))
}

/** Whether anything is left to do on the nodes that were looked at. */
export function planIsDone(plan: Plan): boolean {
  return plan.hops.length === 0 && plan.nodes.every((node) => missing(node.steps ?? []).length === 0)
}

/** The plan document: the same plan gives the same bytes. */
export function planDocument(plan: Plan): string {
  return `${canonicalJson(plan)}\n`
}
