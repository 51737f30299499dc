import type { Manifest, RecoveryFacts, StaticPodName } from '../../cluster/recovery.ts'
import {
  compareVersions,
  minorOf,
  minorsBetween,
  newestOf,
  oldestOf,
  type Version,
} from '../../versions/version.ts'
import { controlPlaneComponents } from '../observed.ts'
import type { RecoveryNode } from './state.ts'

/** A copy of a manifest, and the folder that it is in. */
export interface Copy {
  folder: string
  manifest: Manifest
}

/**
 * The copies that hold what `component` has to be on this node, the best first. What a folder holds decides, not its
 * date: after kubeadm was killed twice the newest copy may be of the half-upgraded state.
 */
export function suitableCopies(node: RecoveryNode, component: StaticPodName): Copy[] {
  const copies = node.recovery.folders
    .toSorted((a, b) => b.changed - a.changed)
    .flatMap(({ name, manifests }) => manifests.map((manifest) => ({ folder: name, manifest })))
    .filter(({ manifest }) => manifest.component === component && manifest.broken === undefined)
  return component === 'etcd' ? copiesOfEtcd(node, copies) : copiesOfKubernetes(node, component, copies)
}

/** Versions of the Kubernetes components whose manifests are whole, but for `component`. */
function others({ recovery }: RecoveryNode, component: StaticPodName): Version[] {
  return controlPlaneComponents.flatMap((name) => {
    const manifest = recovery.manifests.get(name)
    return name === component || manifest?.broken !== undefined ? [] : (manifest?.version ?? [])
  })
}

/** The Kubernetes version that the node's static pods belong to. */
export function wantedVersion(node: RecoveryNode, component: StaticPodName): Version | undefined {
  const rest = others(node, component)
  // Nothing may be newer than the API server beside it; with no manifest left, the kubelet is not newer either.
  const own = component === 'kube-apiserver' || component === 'etcd' ? newestOf(rest) : oldestOf(rest)
  return own ?? node.facts.binaries.kubelet
}

function copiesOfKubernetes(node: RecoveryNode, component: StaticPodName, copies: Copy[]): Copy[] {
  const wanted = wantedVersion(node, component)
  if (wanted === undefined) return []
  const exact = copies.filter(({ manifest }) => manifest.version === wanted)
  if (component === 'kube-apiserver') return exact
  // The controller manager and the scheduler may be one minor older than the API server.
  // https://kubernetes.io/releases/version-skew-policy/#kube-controller-manager-kube-scheduler-and-cloud-controller-manager
  const older = copies
    .filter(({ manifest: { version } }) => version !== undefined && isJustOlder(version, wanted))
    .toSorted((a, b) => compareVersions(b.manifest.version ?? wanted, a.manifest.version ?? wanted))
  return [...exact, ...older]
}

function isJustOlder(version: Version, wanted: Version): boolean {
  return compareVersions(version, wanted) < 0 && minorsBetween(minorOf(version), minorOf(wanted)) <= 1
}

function copiesOfEtcd(node: RecoveryNode, copies: Copy[]): Copy[] {
  const expected = wantedEtcd(node)
  if (expected === undefined) return []
  const same = copies.filter(({ manifest }) => manifest.version === expected)
  // The patch of etcd may have been pinned by somebody; its minor is what the data's format goes by.
  const near = copies.filter(
    ({ manifest: { version } }) =>
      version !== undefined && version !== expected && minorOf(version) === minorOf(expected),
  )
  return [...same, ...near]
}

/**
 * The etcd that belongs to the node's API server: by kubeadm's word where it is of the API server's version, else any of
 * the minor that the data are for. Another kubeadm names its own etcd: 1.37.1 says 3.7.0 of 1.36.4, seen on a real cluster.
 */
export function wantedEtcd(node: RecoveryNode): Version | undefined {
  const { data, etcdVersions, manifests } = node.recovery
  const server = manifests.get('kube-apiserver')
  const of = (server?.broken === undefined ? server?.version : undefined) ?? wantedVersion(node, 'etcd')
  const word = of && etcdVersions.get(of)
  return of === node.facts.binaries.kubeadm ? word : (data.storageVersion ?? word)
}

/** Folders with their contents in words: what a person would look for before a restore. */
export function describeFolder(folder: RecoveryFacts['folders'][number]): string {
  const manifests = folder.manifests.map(
    ({ component, version, broken }) => `${component} ${broken === undefined ? (version ?? '?') : 'broken'}`,
  )
  const data = folder.dbBytes === undefined ? [] : ['data of etcd']
  return [...manifests, ...data].join(', ') || 'nothing to restore'
}
