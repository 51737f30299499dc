import { parse } from 'yaml'
import { removedFeatureGates } from '../../versions/removed.ts'
import { minorOf, minorsBetween, type Minor, type Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Observed, ObservedNode } from '../observed.ts'

export const configurationsCatalogue = {
  'kubelet-config-feature-gate-removed': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks for feature gates that the target no longer knows in the ConfigMap kube-system/kubelet-config, which kubeadm writes onto every node: the kubelets would not start.',
    todo: 'Remove the gate from `featureGates` of that ConfigMap: its behaviour is fixed now.',
  },
  'kubelet-config-cgroup-v1': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'A node has cgroup v1 and says `failCgroupV1: false` in its own `/var/lib/kubelet/config.yaml`, but the ConfigMap kube-system/kubelet-config, from which `kubeadm upgrade` writes that file anew, does not: the kubelet would not start with a target of 1.35 or newer.',
    todo: 'Set `failCgroupV1: false` in the ConfigMap kube-system/kubelet-config too, or in a patch for `kubeletconfiguration` (policy: `kubeadm.patches`).',
  },
  'kube-proxy-feature-gate-removed': {
    severity: 'blocks',
    acceptable: false,
    looks: 'The same for `config.conf` of the ConfigMap kube-system/kube-proxy: kube-proxy would not start.',
    todo: 'Remove the gate from that ConfigMap.',
  },
  'kubeadm-feature-gate-removed': {
    severity: 'tells',
    looks:
      'Looks for feature gates of kubeadm itself in the ConfigMap kube-system/kubeadm-config that the kubeadm of the target no longer knows. It has no effect any more; kubeadm 1.37.1 upgraded a cluster with one in its dry run, and says so itself if it refuses ([kubeadm-refuses](#kubeadm-refuses)).',
    todo: 'Remove the gate from `featureGates` of that ConfigMap.',
  },
  'kubeadm-config-old': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'The ConfigMap kube-system/kubeadm-config is in a format that the kubeadm of the target does not read: v1beta3 is gone from 1.37 on.',
    todo: 'Migrate it with the kubeadm that is installed (`kubeadm config migrate`) and upload it (`kubeadm init phase upload-config kubeadm`).',
  },
} as const satisfies Catalogue

const finding = findingsOf(configurationsCatalogue)

/** Gates of kubeadm that are gone: https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/features/features.go */
const kubeadmGates: Readonly<Record<string, Minor>> = {
  UpgradeAddonsBeforeControlPlane: '1.31',
  EtcdLearnerMode: '1.34',
  WaitForAllControlPlaneComponents: '1.36',
  ControlPlaneKubeletLocalMode: '1.36',
  NodeLocalCRISocket: '1.37',
  PublicKeysECDSA: '1.37',
}

interface Configuration {
  apiVersion?: string
  failCgroupV1?: boolean
  featureGates?: Readonly<Record<string, boolean>>
}

/** The configurations that the cluster keeps and kubeadm hands out again. @param patched the policy names patches */
export function configurationFindings(
  { snapshot }: Observed,
  nodes: readonly ObservedNode[],
  target: Version,
  patched: boolean,
): Finding[] {
  const kubelet = read(snapshot.kubeletConfiguration)
  const proxy = read(snapshot.kubeProxyConfiguration)
  return [
    ...kubeadmFindings(read(snapshot.clusterConfiguration), minorOf(target)),
    ...gateFindings('kubelet-config-feature-gate-removed', 'kubelet-config', kubelet, target),
    ...gateFindings('kube-proxy-feature-gate-removed', 'kube-proxy', proxy, target),
    ...(patched || kubelet.apiVersion === undefined ? [] : cgroupFindings(kubelet, nodes, target)),
  ]
}

/** What cannot be read as a mapping says nothing: kubeadm refuses it in its own words. */
function read(text: string): Configuration {
  const value: unknown = parse(text)
  return typeof value === 'object' && value !== null ? value : {}
}

function kubeadmFindings(configuration: Configuration, target: Minor): Finding[] {
  const gates = Object.keys(configuration.featureGates ?? {}).flatMap((gate) => {
    const since = kubeadmGates[gate]
    return since !== undefined && minorsBetween(since, target) >= 0 ? [{ gate, since }] : []
  })
  const old = configuration.apiVersion === 'kubeadm.k8s.io/v1beta3' && minorsBetween('1.37', target) >= 0
  return [
    ...gates.map(({ gate, since }) =>
      finding(
        'kubeadm-feature-gate-removed',
        undefined,
        `kubeadm-config sets the feature gate ${gate}, which kubeadm does not know from ${since} on.`,
        `Remove ${gate} from featureGates of kubeadm-config.`,
      ),
    ),
    ...(old
      ? [
          finding(
            'kubeadm-config-old',
            undefined,
            'kubeadm-config is kubeadm.k8s.io/v1beta3, which kubeadm does not read from 1.37 on.',
            'Migrate it with the installed kubeadm: kubeadm config migrate.',
          ),
        ]
      : []),
  ]
}

function gateFindings(
  id: 'kubelet-config-feature-gate-removed' | 'kube-proxy-feature-gate-removed',
  name: string,
  { featureGates = {} }: Configuration,
  target: Version,
): Finding[] {
  return removedFeatureGates(Object.keys(featureGates), minorOf(target)).map(({ name: gate, since }) =>
    finding(
      id,
      undefined,
      `The ConfigMap ${name} sets the feature gate ${gate}, which is gone from ${since} on.`,
      `Remove ${gate} from it.`,
    ),
  )
}

function cgroupFindings(kubelet: Configuration, nodes: readonly ObservedNode[], target: Version): Finding[] {
  if (kubelet.failCgroupV1 === false || minorsBetween('1.35', minorOf(target)) < 0) return []
  return nodes
    .filter(({ facts }) => !facts.cgroupV2 && facts.kubelet.config.failCgroupV1 === false)
    .map(({ name }) =>
      finding(
        'kubelet-config-cgroup-v1',
        name,
        `${name} has cgroup v1 and its own failCgroupV1: false, which kubelet-config does not have and kubeadm therefore drops.`,
        'Set failCgroupV1: false in kubelet-config too.',
      ),
    )
}
