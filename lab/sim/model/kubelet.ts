import { minorsBetween, minorOf } from '../../../src/versions/version.ts'
import type { Cluster, Violation } from './cluster.ts'
import { apiServerVersion, serversBehind, settleEtcd, skewOf } from './control-plane.ts'
import type { Machine } from './machine.ts'
import { components, imageOf, version, type Component } from './releases.ts'

/** Seconds after which a node without news counts as gone: the node-monitor-grace-period. */
const gracePeriod = 40
/** Seconds until a component answers after its container started. */
const readyAfter: Readonly<Record<Component, number>> = {
  etcd: 6,
  'kube-apiserver': 12,
  'kube-controller-manager': 8,
  'kube-scheduler': 8,
}
/** Seconds after the start of another version's kubelet until it makes the static pods anew. Seen on the real lab. */
const recreateAfter = 4

const manifests = '/etc/kubernetes/manifests'

/** Starts the kubelet that is installed, in place of the one that runs. */
export function startKubelet(cluster: Cluster, machine: Machine): void {
  const { kubelet } = machine
  const installed = machine.packages.get('kubelet')
  const before = kubelet.version
  kubelet.version = installed === undefined ? before : version(installed.version)
  kubelet.startedAt = cluster.time.now()
  kubelet.reportedAt = 0
  readKubeconfig(machine)
  kubelet.error = machine.kubeletCrash || whyItCrashes(machine)
  kubelet.state = kubelet.error === '' ? 'running' : 'crashing'
  if (kubelet.error !== '') kubelet.restarts++
  if (kubelet.version !== before) kubelet.recreateAt = kubelet.startedAt + cluster.time.of(recreateAfter)
  if (minorOf(kubelet.version) !== minorOf(before)) noteLostPods(cluster, machine)
  cluster.settle()
}

export function stopKubelet(machine: Machine): void {
  machine.kubelet.state = 'stopped'
}

/** Where the kubelet finds its API server; read at its start, as the real one does. */
export function readKubeconfig(machine: Machine): void {
  const server = /^ *server: (\S+)/m.exec(machine.read('/etc/kubernetes/kubelet.conf') ?? '')
  machine.kubelet.server = server?.[1] ?? ''
}

/** Later kubelets do not know the flag that kubeadm 1.35 removes. Seen of the real ones of 1.36.4 and 1.37.1. */
function whyItCrashes(machine: Machine): string {
  const flags = machine.read('/var/lib/kubelet/kubeadm-flags.env') ?? ''
  const knows = minorsBetween('1.36', minorOf(machine.kubelet.version)) < 0
  if (!flags.includes('--pod-infra-container-image') || knows) return ''
  return 'failed to parse kubelet flag: unknown flag: --pod-infra-container-image'
}

/** Pods of a node that was not drained lose their containers when the kubelet changes its minor. */
function noteLostPods(cluster: Cluster, machine: Machine): void {
  const lost = cluster.pods.filter((pod) => pod.node === machine.name && pod.daemonSet !== true)
  if (lost.length === 0) return
  const names = lost.map((pod) => pod.name).join(', ')
  cluster.violations.push({
    rule: 'pods-lost',
    text: `the kubelet of ${machine.name} changed its minor while ${names} ran there`,
  })
}

/** What the kubelet of a machine has done by now. */
export function settleKubelet(cluster: Cluster, machine: Machine): void {
  const running = machine.kubelet.state === 'running'
  if (machine.role === 'control-plane') {
    if (running) settleStaticPods(cluster, machine)
    settleEtcd(cluster)
  }
  if (running) report(cluster, machine)
}

/** Reports the node's state to the API. A kubelet that is newer than an API server it may reach is not supported. */
function report(cluster: Cluster, machine: Machine): void {
  const { kubelet } = machine
  const now = cluster.time.now()
  const servers = serversBehind(cluster, kubelet.server)
  if (servers.length === 0 || now < kubelet.startedAt + cluster.time.of(2)) return
  const versions = servers.flatMap((server) => apiServerVersion(server) ?? [])
  if (versions.some((server) => skewOf(kubelet.version, server) === 'newer')) {
    const text = `kubelet ${kubelet.version} of ${machine.name} is newer than an API server it reaches`
    noteOnce(cluster, { rule: 'kubelet-newer', text })
    return
  }
  const tooNew = versions.find((server) => skewOf(kubelet.version, server) === 'too-old')
  if (tooNew !== undefined) {
    // It goes on, but nobody supports it.
    const text = `kubelet ${kubelet.version} of ${machine.name} is more than three minors older than an API server of ${tooNew}`
    noteOnce(cluster, { rule: 'kubelet-too-old', text })
  }
  if (kubelet.reportedAt === 0) {
    kubelet.reportedAt = now
    kubelet.reportedVersion = kubelet.version
  }
  kubelet.contactAt = now
}

function noteOnce({ violations }: Cluster, violation: Violation): void {
  if (!violations.some(({ text }) => text === violation.text)) violations.push(violation)
}

/** Whether the node controller holds the node for Ready. */
export function nodeReady(cluster: Cluster, machine: Machine): boolean {
  return cluster.time.now() - machine.kubelet.contactAt < cluster.time.deadline(gracePeriod)
}

/** Makes the running containers follow the manifests. */
function settleStaticPods(cluster: Cluster, machine: Machine): void {
  const now = cluster.time.now()
  const { kubelet } = machine
  const wanted = readManifests(machine)
  for (const component of components) {
    const text = wanted.get(component)
    const container = machine.containers.get(component)
    if (text === undefined) {
      if (container !== undefined) machine.endProcess(component)
      machine.containers.delete(component)
    } else if (container?.manifest !== text) startContainer(cluster, machine, component, text)
    else if (container.exitedAt > 0 && now >= container.exitedAt + cluster.time.of(2))
      restartContainer(cluster, machine, component)
  }
  if (kubelet.recreateAt > 0 && now >= kubelet.recreateAt) {
    kubelet.recreateAt = 0
    for (const component of wanted.keys()) {
      restartContainer(cluster, machine, component)
      const container = machine.containers.get(component)
      if (container !== undefined) container.restarts = 0 // they are other pods
    }
  }
}

function readManifests(machine: Machine): Map<Component, string> {
  const found = new Map<Component, string>()
  for (const component of machine.names(manifests)) {
    const name = components.find((one) => `${one}.yaml` === component)
    if (name !== undefined) found.set(name, machine.read(`${manifests}/${component}`) ?? '')
  }
  return found
}

function startContainer(cluster: Cluster, machine: Machine, component: Component, manifest: string): void {
  machine.endProcess(component)
  const image = /^ *image: (\S+)/m.exec(manifest)?.[1] ?? ''
  const pulled = machine.images.has(image) ? 0 : 5
  machine.images.add(image)
  const startedAt = cluster.time.now() + cluster.time.of(2 + pulled)
  const readyAt = startedAt + cluster.time.of(readyAfter[component])
  machine.containers.set(component, { manifest, image, startedAt, readyAt, restarts: 0, exitedAt: 0 })
}

function restartContainer(cluster: Cluster, machine: Machine, component: Component): void {
  const container = machine.containers.get(component)
  if (container === undefined) return
  machine.endProcess(component)
  container.exitedAt = 0
  container.startedAt = cluster.time.now()
  container.readyAt = container.startedAt + cluster.time.of(readyAfter[component])
  container.restarts++
}

/** The manifest of a static pod as kubeadm writes it, with what our scripts and the kubelet read of it. */
export function manifestOf(
  component: Component,
  version: Parameters<typeof imageOf>[1],
  address: string,
  repository?: string,
): string {
  const annotation: Partial<Record<Component, string>> = {
    etcd: `kubeadm.kubernetes.io/etcd.advertise-client-urls: https://${address}:2379`,
    'kube-apiserver': `kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: ${address}:6443`,
  }
  const flags: Record<Component, string> = {
    etcd: '--data-dir=/var/lib/etcd',
    'kube-apiserver': '--allow-privileged=true',
    'kube-controller-manager': '--leader-elect=true',
    'kube-scheduler': '--leader-elect=true',
  }
  const requests: Record<Component, string> = {
    etcd: '{cpu: 100m, memory: 100Mi}',
    'kube-apiserver': '{cpu: 250m}',
    'kube-controller-manager': '{cpu: 200m}',
    'kube-scheduler': '{cpu: 100m}',
  }
  return `apiVersion: v1
kind: Pod
metadata:
${annotation[component] === undefined ? '' : `  annotations:\n    ${annotation[component]}\n`}  labels:
    component: ${component}
    tier: control-plane
  name: ${component}
  namespace: kube-system
spec:
  containers:
  - command:
    - ${component}
    - ${flags[component]}
    image: ${imageOf(component, version, repository)}
    imagePullPolicy: IfNotPresent
    name: ${component}
    resources:
      requests: ${requests[component]}
  hostNetwork: true
  priorityClassName: system-node-critical
status: {}
`
}
