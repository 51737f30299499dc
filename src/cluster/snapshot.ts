import { parse } from 'yaml'
import { Failure } from '../failure.ts'
import type { Script } from '../ssh/remote.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import { parseSections } from '../node/sections.ts'
import { parseVersion, readVersion, type Version } from '../versions/version.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'
import { json } from './json.ts'
import { parseQuantity } from './quantity.ts'

const rows = loadScript('rows', new URL('./scripts/rows.sh', import.meta.url))

const snapshotScript = withRows(loadScript('snapshot', new URL('./scripts/snapshot.sh', import.meta.url)))
const nodeScript = withRows(loadScript('node', new URL('./scripts/node.sh', import.meta.url)))
const controlPlaneNodeScript = withRows(
  loadScript('control-plane-node', new URL('./scripts/control-plane-node.sh', import.meta.url)),
)

function withRows(script: Script): Script {
  return adminScript(joinScripts(script.name, rows, script))
}

/** The annotation that says that we cordoned a node; its value says when and for which run. */
export const cordonAnnotation = 'kubeadm-upgrade/cordoned'

/** The label by which every kubelet says what it runs on: `linux` or `windows`. */
export const osLabel = 'kubernetes.io/os'

export interface Taint {
  key: string
  value?: string
  effect: string
}

/** Whether somebody else cordoned a node: then it stays so. */
export function cordonedByOthers(node: ClusterNode | undefined): boolean {
  return node?.unschedulable === true && !node.cordonedByUs
}

export interface ClusterNode {
  name: string
  uid: string
  unschedulable: boolean
  /** We cordoned it, in this run or in one before. */
  cordonedByUs: boolean
  ready: boolean
  /** Reason and message of the Ready condition. */
  readyMessage: string
  /** Last heartbeat of the Ready condition, milliseconds since the epoch, by the node's own clock. */
  heartbeat: number
  kubeletVersion: Version | undefined
  controlPlane: boolean
  labels: Readonly<Record<string, string>>
  addresses: readonly string[]
  /** Its InternalIP, else the first address. */
  internalAddress: string
  machineId: string
  taints: readonly Taint[]
  /** What pods may request: CPU in cores, memory in bytes, pods. */
  allocatable: Readonly<Record<string, number>>
  /** e.g. `containerd://2.0.4`. */
  containerRuntime: string
}

/** A static pod of the control plane as the API server sees it (its mirror pod). */
export interface StaticPod {
  node: string
  component: string
  image: string
  version: Version | undefined
  ready: boolean
  restarts: number
  /** When its container started, as the kubelet says it; changes with every restart. */
  startedAt: string
}

/** An addon's desired image and whether its rollout is complete. */
export interface Addon {
  image: string
  version: Version | undefined
  /** How many it is to have. */
  pods: number
  settled: boolean
}

/** The cluster at one moment, as one API server saw it. */
export interface Snapshot {
  /** UID of the namespace kube-system: the cluster's identity. */
  uid: string
  nodes: ReadonlyMap<string, ClusterNode>
  staticPods: readonly StaticPod[]
  /** ClusterConfiguration of the ConfigMap kubeadm-config, YAML. */
  clusterConfiguration: string
  /** kubernetesVersion in it. */
  kubernetesVersion: Version | undefined
  controlPlaneEndpoint: string
  etcd: 'stacked' | 'external'
  /** KubeletConfiguration of the ConfigMap kubelet-config, which kubeadm writes onto every node; YAML. */
  kubeletConfiguration: string
  /** KubeProxyConfiguration of the ConfigMap kube-proxy, YAML; empty without kube-proxy. */
  kubeProxyConfiguration: string
  kubeProxy: Addon | undefined
  coreDns: Addon | undefined
}

/**
 * Reads the cluster through kubectl on the first control plane node that answers.
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function readSnapshot(admin: Admin): Promise<Snapshot> {
  const output = await askControlPlane(admin, snapshotScript, { timeout: 120_000 })
  const sections = parseSections(output.stdout)
  const failed = [...sections.keys()].filter((name) => name.startsWith('failed '))
  if (failed.length > 0 || !sections.has('end')) {
    throw new Failure('control-plane-unhealthy', 'The cluster could not be read completely.', {
      seen: [...failed, output.stderr.slice(-2000)].join('\n'),
      next: 'Check that the API server answers: kubectl get --raw /readyz?verbose',
    })
  }
  return parseSnapshot(sections)
}

/**
 * One Node object.
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function readNode(admin: Admin, name: string): Promise<ClusterNode> {
  const output = await askControlPlane(admin, nodeScript, { args: [name], timeout: 60_000 })
  return parseNode(output.stdout.trimEnd().split('\t'))
}

/**
 * A control plane node and its static pods: what is asked every two seconds while it comes back, so no more than is needed.
 * @throws {Failure} `control-plane-unhealthy`
 */
export async function readControlPlaneNode(
  admin: Admin,
  name: string,
): Promise<{ node: ClusterNode | undefined; staticPods: StaticPod[] }> {
  const output = await askControlPlane(admin, controlPlaneNodeScript, { args: [name], timeout: 60_000 })
  const sections = parseSections(output.stdout)
  const [node] = rowsOf(sections, 'node')
  return { node: node && parseNode(node), staticPods: rowsOf(sections, 'static-pods').map(parseStaticPod) }
}

/** Snapshot from the sections that snapshot.sh printed. */
export function parseSnapshot(sections: ReadonlyMap<string, string>): Snapshot {
  const clusterConfiguration = sections.get('kubeadm-config') ?? ''
  const configuration = parse(clusterConfiguration) as {
    kubernetesVersion?: string
    controlPlaneEndpoint?: string
    etcd?: { external?: unknown }
  } | null
  const nodes = rowsOf(sections, 'nodes').map(parseNode)
  return {
    uid: (sections.get('cluster-uid') ?? '').trim(),
    nodes: new Map(nodes.map((node) => [node.name, node])),
    staticPods: rowsOf(sections, 'static-pods').map(parseStaticPod),
    clusterConfiguration,
    kubernetesVersion: parseVersion(configuration?.kubernetesVersion ?? ''),
    controlPlaneEndpoint: configuration?.controlPlaneEndpoint ?? '',
    etcd: configuration?.etcd?.external === undefined ? 'stacked' : 'external',
    kubeletConfiguration: sections.get('kubelet-config') ?? '',
    kubeProxyConfiguration: sections.get('kube-proxy-config') ?? '',
    kubeProxy: parseAddon(rowsOf(sections, 'kube-proxy')[0]),
    coreDns: parseAddon(rowsOf(sections, 'coredns')[0]),
  }
}

/** The lines of a section, by their fields. */
function rowsOf(sections: ReadonlyMap<string, string>, name: string): string[][] {
  return (sections.get(name) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
}

interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
  lastHeartbeatTime?: string
}

function parseNode(row: string[]): ClusterNode {
  const [name = '', uid = '', unschedulable = '', labels, annotations, taints, conditions, info, addresses] =
    row
  const allocatable = json<Record<string, string>>(row[9], {})
  const ready = json<Condition[]>(conditions, []).find((condition) => condition.type === 'Ready')
  const nodeInfo = json<{ kubeletVersion?: string; machineID?: string; containerRuntimeVersion?: string }>(
    info,
    {},
  )
  const entries = json<{ type: string; address: string }[]>(addresses, [])
  const labelMap = json<Record<string, string>>(labels, {})
  return {
    name,
    uid,
    unschedulable: unschedulable === 'true',
    cordonedByUs: cordonAnnotation in json<Record<string, string>>(annotations, {}),
    ready: ready?.status === 'True',
    readyMessage: [ready?.reason, ready?.message].filter(Boolean).join(': '),
    heartbeat: Date.parse(ready?.lastHeartbeatTime ?? '') || 0,
    kubeletVersion: readVersion(nodeInfo.kubeletVersion ?? ''),
    controlPlane: 'node-role.kubernetes.io/control-plane' in labelMap,
    labels: labelMap,
    addresses: entries.map((entry) => entry.address),
    internalAddress: (entries.find((entry) => entry.type === 'InternalIP') ?? entries[0])?.address ?? '',
    machineId: nodeInfo.machineID ?? '',
    taints: json<Taint[]>(taints, []),
    allocatable: Object.fromEntries(
      Object.entries(allocatable).map(([resource, quantity]) => [resource, parseQuantity(quantity)]),
    ),
    containerRuntime: nodeInfo.containerRuntimeVersion ?? '',
  }
}

function parseStaticPod(row: string[]): StaticPod {
  const [node = '', component = '', image = '', conditions, statuses] = row
  const [status] = json<{ restartCount?: number; state?: { running?: { startedAt?: string } } }[]>(
    statuses,
    [],
  )
  const ready = json<Condition[]>(conditions, []).find((condition) => condition.type === 'Ready')
  return {
    node,
    component,
    image,
    version: readVersion(image),
    ready: ready?.status === 'True',
    restarts: status?.restartCount ?? 0,
    startedAt: status?.state?.running?.startedAt ?? '',
  }
}

/** Status fields of a DaemonSet or a Deployment, whichever it is. */
interface Rollout {
  observedGeneration?: number
  desiredNumberScheduled?: number
  updatedNumberScheduled?: number
  numberAvailable?: number
  replicas?: number
  updatedReplicas?: number
  availableReplicas?: number
}

function parseAddon(row: string[] | undefined): Addon | undefined {
  if (row === undefined) return undefined
  const [image = '', status] = row
  const rollout = json<Rollout>(status, {})
  const wanted = rollout.desiredNumberScheduled ?? rollout.replicas ?? 0
  const updated = rollout.updatedNumberScheduled ?? rollout.updatedReplicas ?? 0
  const available = rollout.numberAvailable ?? rollout.availableReplicas ?? 0
  return {
    image,
    version: readVersion(image),
    pods: wanted,
    settled: updated >= wanted && available >= wanted,
  }
}
