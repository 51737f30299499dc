import { parse } from 'yaml'
import { gatesOfFlags, removedComponentFlags, removedFeatureGates } from '../../versions/removed.ts'
import { minorOf, type Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { ObservedNode } from '../observed.ts'
import { addedBy, changedValues, editsOf } from './manifest-edits.ts'

export const manifestsCatalogue = {
  'component-flag-removed': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks in the static pod manifests and in `extraArgs` of kubeadm-config for flags of the API server and the controller manager that the target no longer has: the component would not start, and kubeadm would roll back.',
    todo: 'Remove the flag from `extraArgs` of the ConfigMap kube-system/kubeadm-config.',
  },
  'component-feature-gate-removed': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'The same for feature gates that the target no longer knows, of the API server, the controller manager and the scheduler.',
    todo: 'Remove the gate from `feature-gates` in `extraArgs` of the ConfigMap kube-system/kubeadm-config: its behaviour is fixed now.',
  },
  'manifest-edited': {
    severity: 'warns',
    looks:
      'Compares the static pod manifests with what kubeadm writes and kubeadm-config adds (`extraArgs`, `extraVolumes`, `extraEnvs`): other flags, other values of flags that kubeadm always sets alike, folders of the node, environment variables, requests and limits, further containers. They were put there by hand or by a patch, and `kubeadm upgrade` writes the manifest anew. Probes and values that follow from the configuration are not compared. Not looked for when the policy names `kubeadm.patches`.',
    todo: 'Put it into the ConfigMap kube-system/kubeadm-config, or into a patch (policy: `kubeadm.patches`).',
  },
} as const satisfies Catalogue

const finding = findingsOf(manifestsCatalogue)

/** The section of ClusterConfiguration that holds a component's extraArgs. */
const sections = {
  'kube-apiserver': 'apiServer',
  'kube-controller-manager': 'controllerManager',
  'kube-scheduler': 'scheduler',
} as const

/**
 * The flags that kubeadm 1.31 to 1.37 write, whatever the configuration.
 * https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/phases/controlplane/manifests.go and phases/etcd/local.go
 */
const ownFlags: Readonly<Record<string, readonly string[]>> = {
  'kube-apiserver':
    'advertise-address allow-privileged authorization-mode client-ca-file enable-admission-plugins enable-bootstrap-token-auth egress-selector-config-file etcd-cafile etcd-certfile etcd-keyfile etcd-servers kubelet-client-certificate kubelet-client-key kubelet-preferred-address-types proxy-client-cert-file proxy-client-key-file requestheader-allowed-names requestheader-client-ca-file requestheader-extra-headers-prefix requestheader-group-headers requestheader-username-headers secure-port service-account-issuer service-account-key-file service-account-signing-key-file service-cluster-ip-range tls-cert-file tls-private-key-file feature-gates runtime-config cloud-provider'.split(
      ' ',
    ),
  'kube-controller-manager':
    'allocate-node-cidrs authentication-kubeconfig authorization-kubeconfig bind-address client-ca-file cluster-cidr cluster-name cluster-signing-cert-file cluster-signing-key-file controllers feature-gates kubeconfig leader-elect node-cidr-mask-size node-cidr-mask-size-ipv4 node-cidr-mask-size-ipv6 requestheader-client-ca-file root-ca-file service-account-private-key-file service-cluster-ip-range use-service-account-credentials'.split(
      ' ',
    ),
  'kube-scheduler':
    'authentication-kubeconfig authorization-kubeconfig bind-address feature-gates kubeconfig leader-elect'.split(
      ' ',
    ),
  etcd: 'advertise-client-urls cert-file client-cert-auth data-dir experimental-initial-corrupt-check experimental-watch-progress-notify-interval feature-gates initial-advertise-peer-urls initial-cluster initial-cluster-state key-file listen-client-urls listen-metrics-urls listen-peer-urls name peer-cert-file peer-client-cert-auth peer-key-file peer-trusted-ca-file snapshot-count trusted-ca-file watch-progress-notify-interval'.split(
    ' ',
  ),
}

/**
 * Flags of the static pods of one control plane node that the target does not have or that kubeadm would drop.
 * @param clusterConfiguration of kubeadm-config, YAML
 */
export function manifestFindings(
  node: ObservedNode,
  clusterConfiguration: string,
  target: Version,
  patched: boolean,
): Finding[] {
  const removed = Object.keys(sections).flatMap((component) =>
    removedFindings(node, component, extraArgs(clusterConfiguration, component), target),
  )
  return patched ? removed : [...removed, ...editFindings(node, clusterConfiguration)]
}

function removedFindings(
  { facts, name }: ObservedNode,
  component: string,
  extra: readonly string[],
  target: Version,
): Finding[] {
  const flags = [...(facts.componentFlags.get(component) ?? []), ...extra]
  const minor = minorOf(target)
  const gates = [...new Set(gatesOfFlags(flags))]
  return [
    ...removedComponentFlags(component, flags, minor).map((removal) =>
      finding(
        'component-flag-removed',
        name,
        `${component} on ${name} has ${removal.name}, which is gone from ${removal.since} on.`,
        `Remove ${removal.name} from extraArgs in kubeadm-config.`,
      ),
    ),
    ...removedFeatureGates(gates, minor).map((removal) =>
      finding(
        'component-feature-gate-removed',
        name,
        `${component} on ${name} sets the feature gate ${removal.name}, which is gone from ${removal.since} on.`,
        `Remove ${removal.name} from feature-gates in extraArgs of kubeadm-config.`,
      ),
    ),
  ]
}

function editFindings({ facts, name }: ObservedNode, clusterConfiguration: string): Finding[] {
  return Object.entries(ownFlags).flatMap(([component, known]) => {
    const flags = facts.componentFlags.get(component) ?? []
    const shape = facts.manifestShapes.get(component)
    const extra = extraArgs(clusterConfiguration, component).map(nameOf)
    const { configuration, folders } = addedBy(clusterConfiguration, component)
    const edits = [
      ...flags
        .map(nameOf)
        .filter((flag) => !known.includes(flag) && !extra.includes(flag))
        .map((flag) => `--${flag}`),
      ...changedValues(component, flags, extra).map((flag) => `the value of --${flag}`),
      ...(shape === undefined ? [] : editsOf(component, shape, configuration, folders)),
    ]
    if (edits.length === 0) return []
    const seen = `The manifest of ${component} on ${name} has what kubeadm-config does not know and the upgrade drops: ${edits.join(', ')}.`
    const remedy = 'Put it into kubeadm-config (extraArgs, extraVolumes, extraEnvs), or into a patch.'
    return [finding('manifest-edited', name, seen, remedy)]
  })
}

function nameOf(flag: string): string {
  return flag.replace(/^--/, '').split('=')[0] ?? ''
}

interface Extra {
  extraArgs?: { name?: string; value?: string }[] | Record<string, string>
}

/** `--name=value` of a component's extraArgs: a list since v1beta4, a mapping before. */
export function extraArgs(clusterConfiguration: string, component: string): string[] {
  const configuration = parse(clusterConfiguration) as
    (Partial<Record<string, Extra>> & { etcd?: { local?: Extra } }) | null
  const extra =
    component === 'etcd'
      ? configuration?.etcd?.local?.extraArgs
      : configuration?.[sections[component as keyof typeof sections]]?.extraArgs
  if (extra === undefined) return []
  const pairs = Array.isArray(extra)
    ? extra.map(({ name = '', value = '' }) => [name, value] as const)
    : Object.entries(extra)
  return pairs.map(([name, value]) => `--${name}=${value}`)
}
