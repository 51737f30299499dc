import type { DeprecatedApis, DeprecatedObjects } from '../cluster/deprecated.ts'
import type { ControlPlaneHealth } from '../cluster/etcd.ts'
import type { Eviction } from '../cluster/evictions.ts'
import type { Obstacles } from '../cluster/forecast.ts'
import type { ClusterNode, Snapshot, StaticPod } from '../cluster/snapshot.ts'
import type { Workloads } from '../cluster/workloads.ts'
import type { InventoryNode } from '../inventory/inventory.ts'
import type { Policy } from '../inventory/policy.ts'
import type { NodeFacts } from '../node/node.ts'
import type { NodeVersion } from '../versions/skew.ts'
import { compareVersions, readVersion, type Version } from '../versions/version.ts'
import type { Approval } from './approval.ts'

/** Everything that was looked at, at one moment: what all decisions are made from. */
export interface Observed {
  snapshot: Snapshot
  /** Facts of the nodes that this phase connects to, by name. */
  facts: ReadonlyMap<string, NodeFacts>
  /** Health of the control plane nodes that were asked. */
  health: readonly ControlPlaneHealth[]
  /** Nodes whose apt could not read the target's repository although others could: node → apt's words. */
  unreadable?: ReadonlyMap<string, string>
  /** The approval on GitHub that the control plane waits for; undefined: none is there to look at. */
  approval?: Approval | undefined
  /** undefined: nothing is going to be changed, or an earlier plan asked. */
  forecast?: Forecast | undefined
  /** undefined: not known. */
  runner?: Runner | undefined
}

/** What the cluster runs beside itself, asked before an upgrade. */
export interface Forecast {
  obstacles: Obstacles
  /** Services of webhooks → a node for each endpoint that is ready. */
  endpoints: ReadonlyMap<string, readonly string[]>
  deprecated: readonly DeprecatedApis[]
  deprecatedObjects: DeprecatedObjects
  /** undefined: only the plan asks for pods. */
  workloads: Workloads | undefined
  /** Pods (`namespace/name`) whose eviction the API server was asked about. */
  evictions: ReadonlyMap<string, Eviction>
}

/** The machine that this program runs on. */
export interface Runner {
  machineId: string
  /** In a Kubernetes cluster, any: namespace and name of its pod. */
  pod: { namespace: string; name: string } | undefined
}

/** The components of the control plane whose version is the Kubernetes version. */
export const controlPlaneComponents = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

/** The API servers that the cluster shows, with their versions. */
export function apiServers(snapshot: Snapshot): NodeVersion[] {
  return snapshot.staticPods.flatMap((pod) =>
    pod.component === 'kube-apiserver' && pod.version !== undefined
      ? [{ node: pod.node, version: pod.version }]
      : [],
  )
}

/** Whether every API server of the cluster is at `version`, patch included. */
export function apiServersAt(snapshot: Snapshot, version: Version): boolean {
  const servers = apiServers(snapshot)
  return servers.length > 0 && servers.every((server) => compareVersions(server.version, version) === 0)
}

/** One node with all that is known of it. */
export interface ObservedNode {
  readonly name: string
  readonly role: InventoryNode['role']
  /** The control plane node that `kubeadm upgrade apply` runs on. */
  readonly primary: boolean
  readonly facts: NodeFacts
  readonly node: ClusterNode | undefined
  readonly staticPods: readonly StaticPod[]
}

/** One inventory node with its facts and what the cluster says of it; undefined when it was not connected to. */
export function observedNode(
  entry: InventoryNode,
  observed: Observed,
  primary: boolean,
): ObservedNode | undefined {
  const facts = observed.facts.get(entry.name)
  if (facts === undefined) return undefined
  return {
    name: entry.name,
    role: entry.role,
    primary,
    facts,
    node: observed.snapshot.nodes.get(entry.name),
    staticPods: observed.snapshot.staticPods.filter((pod) => pod.node === entry.name),
  }
}

/** Version of an installed package without the package's revision; undefined when it is not installed. */
export function packageVersion(facts: NodeFacts, name: string): Version | undefined {
  const version = facts.packages.get(name)
  return version === undefined ? undefined : readVersion(version)
}

/** Whether this node's kubelet talks to this node's own API server: then it may move before the other control plane nodes. */
export function kubeletIsLocal(facts: NodeFacts): boolean {
  return facts.apiServerEndpoint !== '' && facts.kubelet.server === `https://${facts.apiServerEndpoint}`
}

/** Whether `kubeadm upgrade apply`, or `node`, was told to leave kube-proxy as it is (`skipPhases` of the policy). */
export function leavesKubeProxy(policy: Policy, part: 'apply' | 'node' = 'apply'): boolean {
  const skipped = policy.kubeadm.config[part]?.skipPhases
  return Array.isArray(skipped) && ['addon', 'addon/kube-proxy'].some((phase) => skipped.includes(phase))
}
