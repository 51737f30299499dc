import { compareMinors, minorsBetween, type Minor } from './version.ts'

/**
 * Flags and feature gates that a minor took away: a component that still gets one does not start.
 * From the release notes of each minor (https://github.com/kubernetes/sig-release/tree/master/releases, "Deprecation" and
 * "API change"); only what an upgrade supported here can meet. What is missing here is found by kubeadm's own dry run at best.
 */
type Removals = Readonly<Record<Minor, readonly string[]>>

const featureGates: Removals = {
  '1.32': [
    'CloudDualStackNodeIPs',
    'ComponentSLIs',
    'HPAContainerMetrics',
    'KMSv2',
    'KMSv2KDF',
    'LegacyServiceAccountTokenCleanUp',
    'MinDomainsInPodTopologySpread',
    'NewVolumeManagerReconstruction',
    'NodeOutOfServiceVolumeDetach',
    'ServerSideApply',
    'ServerSideFieldValidation',
    'StableLoadBalancerNodeSet',
    'ValidatingAdmissionPolicy',
  ],
  '1.33': [
    'CPUManager',
    'DisableCloudProviders',
    'DisableKubeletCloudCredentialProviders',
    'JobPodFailurePolicy',
    'KubeProxyDrainingTerminatingNodes',
    'PersistentVolumeLastPhaseTransitionTime',
  ],
  '1.34': ['LegacySidecarContainers'],
  '1.35': [
    'StrictCostEnforcementForVAP',
    'StrictCostEnforcementForWebhooks',
    'UserNamespacesPodSecurityStandards',
  ],
  '1.36': ['CSIMigrationPortworx', 'HonorPVReclaimPolicy', 'WatchFromStorageWithoutResourceVersion'],
  '1.37': [
    'APIServerTracing',
    'AnyVolumeDataSource',
    'BtreeWatchCache',
    'GangScheduling',
    'OrderedNamespaceDeletion',
    'PreventStaticPodAPIReferences',
    'RelaxedDNSSearchValidation',
    'ResilientWatchCacheInitialization',
    'RetryGenerateName',
    'SidecarContainers',
    'StreamingCollectionEncodingToJSON',
    'StreamingCollectionEncodingToProtobuf',
    'WorkloadAwarePreemption',
  ],
}

const kubeletFlags: Removals = {
  '1.32': ['--runonce'],
  '1.34': ['--cloud-config', '--register-schedulable'],
  '1.35': ['--pod-infra-container-image'],
  '1.37': ['--application-metrics-count-limit', '--boot-id-file', '--containerd'],
}

/** Whole families of flags: cAdvisor's, https://github.com/kubernetes/kubernetes CHANGELOG-1.37. */
const kubeletFlagPrefixes: Removals = { '1.37': ['--storage-driver-', '--event-storage-'] }

const componentFlags: Readonly<Record<string, Removals>> = {
  'kube-apiserver': { '1.33': ['--cloud-provider', '--cloud-config'] },
  'kube-controller-manager': { '1.37': ['--concurrent-service-syncs'] },
}

export interface Removal {
  name: string
  since: Minor
}

/** The feature gates among `names` that components of `target` no longer know. */
export function removedFeatureGates(names: readonly string[], target: Minor): Removal[] {
  return names.flatMap((name) => removal(name, featureGates, target))
}

/** The flags among `flags` (`--name=value`) that a kubelet of `target` refuses to start with. */
export function removedKubeletFlags(flags: readonly string[], target: Minor): Removal[] {
  return namesOf(flags).flatMap((name) => {
    const exact = removal(name, kubeletFlags, target)
    if (exact.length > 0) return exact
    const family = (prefix: string): boolean => name.startsWith(prefix)
    return since(kubeletFlagPrefixes, target, (prefixes) => prefixes.some(family), name)
  })
}

/** The flags of a static pod that this component no longer has at `target`. */
export function removedComponentFlags(component: string, flags: readonly string[], target: Minor): Removal[] {
  return namesOf(flags).flatMap((name) => removal(name, componentFlags[component] ?? {}, target))
}

/** kubeadm takes this flag out of kubeadm-flags.env itself, but only the kubeadm of this minor does. */
export const strippedByKubeadm: Readonly<Record<string, Minor>> = { '--pod-infra-container-image': '1.35' }

/** `--a=b --c` as its flags; quotes of an env file fall away. */
export function splitFlags(text: string): string[] {
  return text.split(/["'\s]+|(?<=_ARGS)=/).filter((word) => word.startsWith('--'))
}

/** The gates of `--feature-gates=A=true,B=false` among flags. */
export function gatesOfFlags(flags: readonly string[]): string[] {
  const prefix = '--feature-gates='
  return flags
    .filter((flag) => flag.startsWith(prefix))
    .flatMap((flag) => flag.slice(prefix.length).split(','))
    .map((pair) => pair.split('=')[0] ?? '')
    .filter(Boolean)
}

function namesOf(flags: readonly string[]): string[] {
  return [...new Set(flags.map((flag) => flag.split('=')[0] ?? ''))]
}

function removal(name: string, table: Removals, target: Minor): Removal[] {
  return since(table, target, (removed) => removed.includes(name), name)
}

function since(
  table: Removals,
  target: Minor,
  matches: (removed: readonly string[]) => boolean,
  name: string,
): Removal[] {
  const minors = (Object.keys(table) as Minor[]).toSorted(compareMinors)
  const first = minors.find((minor) => minorsBetween(minor, target) >= 0 && matches(table[minor] ?? []))
  return first === undefined ? [] : [{ name, since: first }]
}
