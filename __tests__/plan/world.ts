import type { ControlPlaneHealth } from '../../src/cluster/etcd.ts'
import type { ClusterNode, Snapshot, StaticPod } from '../../src/cluster/snapshot.ts'
import type { Inventory, Role } from '../../src/inventory/inventory.ts'
import { resolvePolicy, type Policy, type RawPolicy } from '../../src/inventory/policy.ts'
import type { NodeFacts } from '../../src/node/node.ts'
import type { Forecast, Observed, ObservedNode, Runner } from '../../src/plan/observed.ts'
import { nodeSteps, type Goal } from '../../src/plan/steps.ts'
import { minorOf, parseVersion, type Version } from '../../src/versions/version.ts'

export const v = (text: string): Version => {
  const version = parseVersion(text)
  if (version === undefined) throw new Error(`not a version: ${text}`)
  return version
}

export const old = v('1.36.4')
export const target = v('1.37.1')

export const policy = (raw: RawPolicy = {}): Policy => resolvePolicy({}, raw)

/** A small cluster that a test bends where it wants: three control plane nodes and two workers at `old`. */
export class TestCluster {
  readonly roles = new Map<string, Role>([
    ['cp1', 'control-plane'],
    ['cp2', 'control-plane'],
    ['cp3', 'control-plane'],
    ['w1', 'worker'],
    ['w2', 'worker'],
  ])
  readonly facts = new Map<string, NodeFacts>()
  readonly nodes = new Map<string, ClusterNode>()
  staticPods: StaticPod[] = []
  kubernetesVersion: Version = old
  kubeProxy: Version = old
  kubeProxyPods = 5
  endpoint = '10.200.0.1:6443'
  etcd: Snapshot['etcd'] = 'stacked'
  health: ControlPlaneHealth[] = []
  clusterConfiguration = ''
  kubeletConfiguration = ''
  kubeProxyConfiguration = ''
  forecast: Forecast | undefined
  runner: Runner | undefined

  constructor() {
    for (const [name, role] of this.roles) this.add(name, role)
  }

  add(name: string, role: Role): void {
    this.roles.set(name, role)
    this.facts.set(name, factsOf(name, role))
    this.nodes.set(name, nodeOf(name, role))
    if (role === 'control-plane') this.setControlPlane(name, old)
  }

  /** The control plane pods of a node at a version. */
  setControlPlane(name: string, version: Version): void {
    const components = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler']
    this.staticPods = [
      ...this.staticPods.filter((pod) => pod.node !== name),
      ...components.map((component) => podOf(name, component, version)),
      podOf(name, 'etcd', v('3.6.8')),
    ]
  }

  /** The packages and the running kubelet of a node at a version. */
  setPackages(name: string, version: Version): void {
    const facts = this.fact(name)
    for (const one of ['kubeadm', 'kubelet', 'kubectl']) facts.packages.set(one, `${version.slice(1)}-1.1`)
    for (const repository of facts.repositories) repository.minor = minorOf(version)
    this.node(name).kubeletVersion = version
  }

  /** Everything of a node at `target`, as a finished upgrade leaves it. */
  finish(name: string): void {
    this.setPackages(name, target)
    if (this.roles.get(name) === 'control-plane') this.setControlPlane(name, target)
  }

  finishAll(): void {
    for (const name of this.roles.keys()) this.finish(name)
    this.kubernetesVersion = target
    this.kubeProxy = target
  }

  /** kubeadm left exit code `code` on the node. */
  jobEnded(name: string, purpose: string, code: number | null): void {
    const job = {
      id: `${purpose}.1`,
      purpose,
      attempt: 1,
      startedAt: 1,
      finishedAt: 2,
      bootId: 'b',
      runUrl: null,
    }
    this.fact(name).jobs.push({ ...job, state: code === null ? 'lost' : 'finished', code })
  }

  fact(name: string): NodeFacts {
    const facts = this.facts.get(name)
    if (facts === undefined) throw new Error(name)
    return facts
  }

  node(name: string): ClusterNode {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(name)
    return node
  }

  snapshot(): Snapshot {
    return {
      uid: '11111111-2222-3333-4444-555555555555',
      nodes: this.nodes,
      staticPods: this.staticPods,
      clusterConfiguration: this.clusterConfiguration,
      kubernetesVersion: this.kubernetesVersion,
      controlPlaneEndpoint: this.endpoint,
      etcd: this.etcd,
      kubeletConfiguration: this.kubeletConfiguration,
      kubeProxyConfiguration: this.kubeProxyConfiguration,
      kubeProxy: {
        image: `registry.k8s.io/kube-proxy:${this.kubeProxy}`,
        version: this.kubeProxy,
        pods: this.kubeProxyPods,
        settled: true,
      },
      coreDns: {
        image: 'registry.k8s.io/coredns/coredns:v1.14.6',
        version: v('1.14.6'),
        pods: 2,
        settled: true,
      },
    }
  }

  observed(): Observed {
    return {
      snapshot: this.snapshot(),
      facts: this.facts,
      health: this.health,
      forecast: this.forecast,
      runner: this.runner,
    }
  }

  inventory(): Inventory {
    const nodes = [...this.roles].map(([name, role]) => ({
      name,
      role,
      groups: [],
      ssh: { host: name, port: 22, user: 'root', jump: [] },
    }))
    return {
      cluster: 'test',
      nodes,
      discoverWorkers: false,
      sshDefaults: { port: 22, user: 'root', jump: [] },
      policy: {},
      unreadFiles: [],
    }
  }

  observedNode(name: string): ObservedNode {
    return {
      name,
      role: this.roles.get(name) ?? 'worker',
      primary: name === 'cp1',
      facts: this.fact(name),
      node: this.nodes.get(name),
      staticPods: this.staticPods.filter((pod) => pod.node === name),
    }
  }

  /** Ids of the steps that are missing on a node. */
  missing(name: string, goal: Partial<Goal> = {}): string[] {
    const controlPlanes = [...this.roles.values()].filter((role) => role === 'control-plane').length
    const steps = nodeSteps(this.observedNode(name), this.snapshot(), {
      version: target,
      policy: policy(),
      controlPlanes,
      between: [],
      ...goal,
    })
    return steps.filter((step) => step.needed).map((step) => step.id)
  }
}

function nodeOf(name: string, role: Role): ClusterNode {
  return {
    name,
    uid: `uid-${name}`,
    unschedulable: false,
    cordonedByUs: false,
    ready: true,
    readyMessage: '',
    heartbeat: 0,
    kubeletVersion: old,
    controlPlane: role === 'control-plane',
    labels: {},
    addresses: [`address-of-${name}`, name],
    internalAddress: `address-of-${name}`,
    machineId: `machine-${name}`,
    taints:
      role === 'control-plane'
        ? [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }]
        : [],
    allocatable: { cpu: 4, memory: 8 * 1024 ** 3, pods: 110 },
    containerRuntime: 'containerd://2.0.4',
  }
}

function podOf(node: string, component: string, version: Version): StaticPod {
  const image = `registry.k8s.io/${component}:${version}`
  return { node, component, image, version, ready: true, restarts: 0, startedAt: '2026-11-22T20:00:00Z' }
}

function factsOf(name: string, role: Role): NodeFacts {
  const controlPlane = role === 'control-plane'
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd']
  return {
    system: 'linux',
    hostname: name,
    machineId: `machine-${name}`,
    bootId: 'b',
    clock: 0,
    asked: { from: 0, to: 1 },
    kernel: 'Linux 6.1',
    architecture: 'x86_64',
    os: 'Debian GNU/Linux 12 (bookworm)',
    addresses: [`address-of-${name}`],
    endpointAddresses: [],
    packageManagers: ['apt-get'],
    packageManager: 'apt',
    programPaths: new Map(),
    programFolder: '/usr/bin',
    packages: new Map(['kubeadm', 'kubelet', 'kubectl'].map((one) => [one, '1.36.4-1.1'])),
    brokenPackages: [],
    holds: ['kubeadm', 'kubectl', 'kubelet'],
    repositories: [
      { file: '/etc/apt/sources.list.d/kubernetes.list', format: 'list', minor: '1.36', content: '' },
    ],
    keyrings: new Map(),
    preferences: [],
    packageLocks: [],
    binaries: { kubeadm: old, kubelet: old, kubectl: old },
    kubelet: {
      active: true,
      state: 'active/running',
      restarts: 0,
      server: controlPlane ? `https://address-of-${name}:6443` : 'https://10.200.0.1:6443',
      flags: '',
      extraFlags: '',
      config: {
        featureGates: {},
        failCgroupV1: undefined,
        failSwapOn: undefined,
        imageGCHighThresholdPercent: undefined,
      },
    },
    manifests: new Map(controlPlane ? names.map((one) => [one, `registry.k8s.io/${one}:v1.36.4`]) : []),
    apiServerEndpoint: controlPlane ? `address-of-${name}:6443` : '',
    componentFlags: new Map(),
    manifestShapes: new Map(),
    certificates: [],
    caKeys: controlPlane ? ['ca.key', 'etcd/ca.key', 'front-proxy-ca.key'] : [],
    etcdDataDir: controlPlane ? '/var/lib/etcd' : '',
    hasAdminConf: controlPlane,
    backups: [],
    backupsKiB: 0,
    swap: false,
    cgroupV2: true,
    disks: [{ mount: '/', availableKiB: 50_000_000, sizeKiB: 100_000_000 }],
    etcdKiB: controlPlane ? 50_000 : 0,
    jobs: [],
  }
}
