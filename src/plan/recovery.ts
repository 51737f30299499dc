import { staticPodNames, type StaticPodName } from '../cluster/recovery.ts'
import { compareVersions, minorOf, minorsBetween, type Version } from '../versions/version.ts'
import { controlPlaneComponents, packageVersion } from './observed.ts'
import { diagnoseEtcd } from './recovery/etcd.ts'
import { suitableCopies, wantedEtcd, wantedVersion, type Copy } from './recovery/manifests.ts'
import { diagnoseUnfinished } from './recovery/unfinished.ts'
import { stop, type Diagnosis, type RecoveryInput, type RecoveryNode } from './recovery/state.ts'

/**
 * What state the control plane is in, and the smallest documented way out: the first thing that is wrong, in the order in
 * which things depend on each other. After every way the caller looks again. Pure.
 */
export function diagnose(input: RecoveryInput): Diagnosis {
  const first = <T>(look: (node: RecoveryNode) => T | undefined): T | undefined => {
    for (const node of input.nodes) {
      const found = look(node)
      if (found !== undefined) return found
    }
    return undefined
  }
  return (
    first(runningKubeadm) ??
    first(stoppedKubelet) ??
    first((node) => badManifests(input, node)) ??
    first(wrongEtcd) ??
    (isStacked(input) ? diagnoseEtcd(input) : undefined) ??
    first((node) => downComponent(input, node)) ??
    diagnoseUnfinished(input)
  )
}

/** etcd beside the API servers, as kubeadm sets it up by default; every sign of it counts, since manifests may be gone. */
function isStacked({ nodes, snapshot }: RecoveryInput): boolean {
  if (snapshot !== undefined && snapshot.clusterConfiguration !== '') return snapshot.etcd === 'stacked'
  return nodes.some(
    ({ recovery: { manifests, data, folders } }) =>
      manifests.has('etcd') ||
      data.dbBytes !== undefined ||
      folders.some((folder) => folder.manifests.some(({ component }) => component === 'etcd')),
  )
}

function runningKubeadm({ name, recovery }: RecoveryNode): Diagnosis | undefined {
  if (!recovery.running.includes('kubeadm')) return undefined
  return stop(
    'not-understood',
    name,
    `kubeadm runs on ${name} now.`,
    'Wait until it has ended, then run recover again.',
    { mayPass: true, reason: 'precondition-failed' },
  )
}

function stoppedKubelet({ name, facts }: RecoveryNode): Diagnosis | undefined {
  if (facts.kubelet.active) return undefined
  return {
    state: 'kubelet-stopped',
    node: name,
    seen: `The kubelet of ${name} is ${facts.kubelet.state}: nothing there is started.`,
    todo: 'Start it.',
    way: { kind: 'start-kubelet', node: name },
    mayPass: true,
    reason: 'node-not-ready',
  }
}

/** Manifests that are missing, or of which the kubelet cannot make a pod. */
function badManifests(input: RecoveryInput, node: RecoveryNode): Diagnosis | undefined {
  const { name, recovery } = node
  // Where the member would come up without the cluster's data, diagnoseEtcd is first; the API server beside it needs etcd.
  const stacked = isStacked(input)
  const waiting = stacked && !keepsData(node) ? ['etcd', 'kube-apiserver'] : []
  const expected = staticPodNames.filter((one) => (stacked || one !== 'etcd') && !waiting.includes(one))
  const bad = expected.filter((one) => {
    const manifest = recovery.manifests.get(one)
    return manifest === undefined || manifest.broken !== undefined
  })
  if (bad.length === 0) return undefined
  const seen = `${name}: ${bad.map((one) => `${one} ${recovery.manifests.get(one)?.broken ?? 'is missing'}`).join('; ')}.`
  return restoreCopies(node, 'manifest-missing', bad, seen, false)
}

/** A member without data would start a cluster of its own. */
function keepsData({ recovery: { data } }: RecoveryNode): boolean {
  return data.dbBytes !== undefined && data.walFiles > 0
}

/** etcd does not come up with the manifest of another version than the API server's, and the one before is there. */
function wrongEtcd(node: RecoveryNode): Diagnosis | undefined {
  const { name, recovery } = node
  const running = recovery.manifests.get('etcd')?.version
  const wanted = wantedEtcd(node)
  if (recovery.health.etcd?.answered !== false || running === undefined) return undefined
  if (wanted === undefined || running === wanted || !keepsData(node)) return undefined
  const [copy] = suitableCopies(node, 'etcd').filter(({ manifest }) => manifest.version !== running)
  if (copy === undefined) return undefined
  const seen = `etcd of ${name} does not come up as ${running}; to the API server and the data beside it belongs ${copy.manifest.version ?? wanted}.`
  return { ...restoreCopies(node, 'component-down', ['etcd'], seen, true), ...restoring(copy, name) }
}

function restoreCopies(
  node: RecoveryNode,
  state: 'manifest-missing' | 'component-down',
  components: readonly StaticPodName[],
  seen: string,
  mayPass: boolean,
): Diagnosis {
  const { name } = node
  const copies = components.flatMap((component): Copy[] => suitableCopies(node, component).slice(0, 1))
  const without = components.filter((one) => !copies.some(({ manifest }) => manifest.component === one))
  const [missing] = without
  if (missing !== undefined) {
    const wanted = missing === 'etcd' ? wantedEtcd(node) : wantedVersion(node, missing)
    return stop(
      state,
      name,
      seen,
      `No folder on ${name} holds ${missing} of ${wanted ?? 'a known version'}. kubeadm writes a new one on the node: ${initPhase(missing)}.`,
    )
  }
  const from = copies.map(
    ({ folder, manifest }) => `${manifest.component} ${manifest.version ?? ''} from ${folder}`,
  )
  return {
    state,
    node: name,
    seen,
    todo: `Restore ${from.join(', ')}.`,
    way: { kind: 'restore-manifests', node: name, copies },
    mayPass,
    reason: 'control-plane-unhealthy',
  }
}

function initPhase(component: StaticPodName): string {
  const phase = component === 'etcd' ? 'etcd local' : `control-plane ${component.replace('kube-', '')}`
  return `kubeadm init phase ${phase} --config FILE, with the ClusterConfiguration of the ConfigMap kubeadm-config in FILE`
}

/** A component of Kubernetes that does not come up although its manifest is whole. */
function downComponent(input: RecoveryInput, node: RecoveryNode): Diagnosis | undefined {
  const { name, recovery, primary } = node
  const down = controlPlaneComponents.filter((one) => isDown(input, node, one))
  const [component] = down
  if (component === undefined) return undefined
  const version = recovery.manifests.get(component)?.version
  const seen = `${name}: ${down.join(', ')} does not come up (${version ?? 'unknown version'}).`
  const text = recovery.manifests.get(component)?.text
  const [copy] = suitableCopies(node, component).filter(({ manifest }) => manifest.text !== text)
  if (copy !== undefined)
    return { ...restoreCopies(node, 'component-down', [component], seen, true), ...restoring(copy, name) }
  const installed = packageVersion(node.facts, 'kubeadm')
  const possible = input.snapshot?.kubernetesVersion === version && mayWrite(installed, version)
  if (!possible || installed === undefined || version === undefined)
    return stop(
      'not-understood',
      name,
      seen,
      `Find out why: crictl ps -a on ${name}, and its log below /var/log/pods. kubeadm can write the manifests anew only while an API server answers, kubeadm-config is at their version, and kubeadm is of that minor or the next.`,
      { mayPass: true },
    )
  const action = primary ? 'apply' : 'node'
  return {
    state: 'component-down',
    node: name,
    seen,
    todo: `Let kubeadm write the manifests of ${version} anew: kubeadm upgrade ${action}${primary ? ' --force' : ''} at the running version.`,
    way: { kind: 'kubeadm-again', node: name, action, version, installed },
    mayPass: true,
    reason: 'control-plane-unhealthy',
  }
}

/** kubeadm manages its own minor and the one before. https://kubernetes.io/releases/version-skew-policy/ */
function mayWrite(kubeadm: Version | undefined, version: Version | undefined): boolean {
  if (kubeadm === undefined || version === undefined) return false
  const minors = minorsBetween(minorOf(version), minorOf(kubeadm))
  return minors === 1 || (minors === 0 && compareVersions(kubeadm, version) >= 0)
}

function restoring(copy: Copy, node: string): Pick<Diagnosis, 'todo' | 'way'> {
  const { folder, manifest } = copy
  return {
    todo: `Restore ${manifest.component} ${manifest.version ?? ''} from ${folder}.`,
    way: { kind: 'restore-manifests', node, copies: [copy] },
  }
}

function isDown({ snapshot }: RecoveryInput, node: RecoveryNode, component: StaticPodName): boolean {
  const { name, recovery } = node
  if (component === 'kube-apiserver') return !recovery.health.apiServerReady
  const pod = snapshot?.staticPods.find((one) => one.node === name && one.component === component)
  // A process's name has at most fifteen characters.
  return pod === undefined ? !recovery.running.includes(component.slice(0, 15)) : !pod.ready
}
