import { minorOf, minorsBetween } from '../../../src/versions/version.ts'
import type { Cluster } from './cluster.ts'
import { nodeReady } from './kubelet.ts'
import type { Container, Machine } from './machine.ts'
import type { Component } from './releases.ts'
import type { JsonObject, KubeObject } from './store.ts'
import { timestamp } from './time.ts'
import { budgets, podReady, type Pod } from './workloads.ts'

/** Seconds between two reports of an unchanged node state: nodeStatusReportFrequency. Not scaled. */
const reportEvery = 300

/** Objects of a kind, or the one of that name, as the API shows them: stored, with a status computed from the machines. */
export function objects(cluster: Cluster, kind: string, name?: string): KubeObject[] {
  if (kind === 'Pod') return [...staticPods(cluster), ...cluster.pods.map((pod) => podObject(cluster, pod))]
  const stored = cluster.store.all(kind).filter((one) => name === undefined || one.metadata.name === name)
  switch (kind) {
    case 'Node':
      return stored.map((object) => nodeObject(cluster, object))
    case 'PodDisruptionBudget':
      return stored.map((object) => budgetObject(cluster, object))
    case 'DaemonSet':
      return stored.map((object) => ({
        ...object,
        spec: podTemplate(cluster),
        status: daemonSetStatus(cluster),
      }))
    case 'Deployment':
      return stored.map((object) => deploymentObject(cluster, object))
    default:
      return stored
  }
}

function nodeObject(cluster: Cluster, stored: KubeObject): KubeObject {
  const machine = cluster.machine(stored.metadata.name)
  return {
    ...stored,
    status: {
      addresses: [
        { address: machine.address, type: 'InternalIP' },
        { address: machine.name, type: 'Hostname' },
      ],
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: nodeConditions(cluster, machine),
      images: nodeImages(cluster, machine),
      nodeInfo: {
        architecture: 'amd64',
        bootID: (machine.read('/proc/sys/kernel/random/boot_id') ?? '').trim(),
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.12.0-sim',
        kubeProxyVersion: '',
        kubeletVersion: machine.kubelet.reportedVersion,
        machineID: machine.machineId,
        operatingSystem: machine.windows ? 'windows' : 'linux',
        osImage: machine.windows ? 'Windows Server 2022 Datacenter' : 'Debian GNU/Linux 12 (bookworm)',
        ...(minorsBetween('1.37', minorOf(machine.kubelet.reportedVersion)) >= 0 && {
          runningInUserNamespace: false,
        }),
        systemUUID: machine.machineId,
      },
    },
  }
}

/** Every node has every image of the workloads. */
function nodeImages(cluster: Cluster, machine: Machine): JsonObject[] {
  const workloads = cluster.workloads.map((one) => `registry.sim/${one.name}:1`)
  const own = [...machine.containers.values()].map((container) => container.image)
  return [...workloads, ...own].map((name) => ({ names: [name], sizeBytes: 1 }))
}

function nodeConditions(cluster: Cluster, machine: Machine): JsonObject[] {
  const ready = nodeReady(cluster, machine)
  const since = machine.kubelet.reportedAt || machine.kubelet.contactAt
  const intervals = Math.floor((cluster.time.now() - since) / (reportEvery * 1000))
  const heartbeat = ready ? since + Math.max(0, intervals) * reportEvery * 1000 : machine.kubelet.contactAt
  const condition = (type: string, status: string, reason: string, message: string): JsonObject => ({
    lastHeartbeatTime: timestamp(heartbeat),
    lastTransitionTime: timestamp(since),
    message: ready ? message : 'Kubelet stopped posting node status.',
    reason: ready ? reason : 'NodeStatusUnknown',
    status: ready ? status : 'Unknown',
    type,
  })
  return [
    condition(
      'MemoryPressure',
      'False',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ]
}

/** The mirror pods of the control planes' static pods. */
function staticPods(cluster: Cluster): KubeObject[] {
  return cluster.controlPlanes.flatMap((machine) =>
    [...machine.containers].map(([component, container]) =>
      mirrorPod(cluster, machine, component, container),
    ),
  )
}

function mirrorPod(
  cluster: Cluster,
  machine: Machine,
  component: Component,
  container: Container,
): KubeObject {
  const now = cluster.time.now()
  const running = container.exitedAt === 0 && container.startedAt <= now
  const ready = running && container.readyAt <= now && nodeReady(cluster, machine)
  const state: JsonObject = running
    ? { running: { startedAt: timestamp(container.startedAt) } }
    : { waiting: { reason: 'ContainerCreating' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta(
        cluster,
        `${component}-${machine.name}`,
        'kube-system',
        `${machine.uid.slice(0, -4)}${component.length}`,
      ),
      labels: { component, tier: 'control-plane' },
      annotations: {
        'kubernetes.io/config.mirror': `${component}-${machine.name}`,
        'kubernetes.io/config.source': 'file',
      },
      ownerReferences: [
        { apiVersion: 'v1', controller: true, kind: 'Node', name: machine.name, uid: machine.uid },
      ],
    },
    spec: {
      containers: [{ image: container.image, name: component }],
      hostNetwork: true,
      nodeName: machine.name,
    },
    status: {
      conditions: podConditions(ready, container.readyAt),
      containerStatuses: [
        {
          image: container.image,
          lastState: {},
          name: component,
          ready,
          restartCount: container.restarts,
          started: running,
          state,
        },
      ],
      hostIP: machine.address,
      phase: running || container.restarts > 0 ? 'Running' : 'Pending',
    },
  }
}

function podConditions(ready: boolean, at: number): JsonObject[] {
  return ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
    (type) => ({
      lastProbeTime: null,
      lastTransitionTime: timestamp(at),
      status: ready || !type.endsWith('Ready') ? 'True' : 'False',
      type,
    }),
  )
}

function podObject(cluster: Cluster, pod: Pod): KubeObject {
  const ready = podReady(cluster, pod)
  const kind = pod.daemonSet === true ? 'DaemonSet' : 'ReplicaSet'
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...meta(cluster, pod.name, pod.namespace, pod.uid),
      labels: { ...pod.labels },
      ...(pod.owner !== undefined && {
        ownerReferences: [{ apiVersion: 'apps/v1', controller: true, kind, name: pod.owner, uid: pod.uid }],
      }),
      ...(pod.gone > 0 && { deletionTimestamp: timestamp(pod.gone) }),
    },
    spec: {
      containers: [{ image: `registry.sim/${pod.owner ?? pod.name}:1`, name: pod.owner ?? pod.name }],
      ...(pod.node !== undefined && { nodeName: pod.node }),
      ...(pod.emptyDir === true && { volumes: [{ emptyDir: {}, name: 'scratch' }] }),
    },
    status: {
      conditions: podConditions(ready, pod.readyAt),
      phase: pod.node === undefined ? 'Pending' : 'Running',
    },
  }
}

function meta(cluster: Cluster, name: string, namespace: string, uid: string): KubeObject['metadata'] {
  const resourceVersion = String(cluster.store.revision)
  return { name, namespace, uid, resourceVersion, creationTimestamp: '2026-01-05T08:00:00Z' }
}

function budgetObject(cluster: Cluster, stored: KubeObject): KubeObject {
  const { name, namespace } = stored.metadata
  const budget = budgets(cluster).find((one) => one.name === name && one.namespace === namespace)
  return {
    ...stored,
    status: {
      currentHealthy: budget?.healthy ?? 0,
      desiredHealthy: budget?.wanted ?? 0,
      disruptionsAllowed: budget?.allowed ?? 0,
      expectedPods: budget?.expected ?? 0,
      observedGeneration: 1,
    },
  }
}

function podTemplate(cluster: Cluster): JsonObject {
  return {
    template: { spec: { containers: [{ image: cluster.addons['kube-proxy'].image, name: 'kube-proxy' }] } },
  }
}

function daemonSetStatus(cluster: Cluster): JsonObject {
  const wanted = cluster.machines.size
  const settled = cluster.addons['kube-proxy'].settledAt <= cluster.time.now()
  const ready = [...cluster.machines.values()].filter((machine) => nodeReady(cluster, machine)).length
  return {
    currentNumberScheduled: wanted,
    desiredNumberScheduled: wanted,
    numberAvailable: settled ? ready : Math.max(0, ready - 1),
    numberMisscheduled: 0,
    numberReady: ready,
    observedGeneration: 1,
    updatedNumberScheduled: settled ? wanted : Math.max(0, wanted - 1),
  }
}

function deploymentObject(cluster: Cluster, stored: KubeObject): KubeObject {
  const { name, namespace } = stored.metadata
  const replicas = cluster.workloads.find((one) => one.name === name)?.replicas ?? 0
  const pods = cluster.pods.filter((pod) => pod.owner === name && pod.namespace === namespace)
  const ready = pods.filter((pod) => podReady(cluster, pod)).length
  const image = name === 'coredns' ? cluster.addons.coredns.image : `registry.sim/${name}:1`
  const settled = name !== 'coredns' || cluster.addons.coredns.settledAt <= cluster.time.now()
  return {
    ...stored,
    spec: { replicas, template: { spec: { containers: [{ image, name }] } } },
    status: {
      availableReplicas: ready,
      observedGeneration: 1,
      readyReplicas: ready,
      replicas,
      terminatingReplicas: pods.filter((pod) => pod.gone > 0).length,
      updatedReplicas: settled ? replicas : replicas - 1,
    },
  }
}
