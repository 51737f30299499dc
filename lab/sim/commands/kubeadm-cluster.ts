import { parse, stringify } from 'yaml'
import { minorOf, type Version } from '../../../src/versions/version.ts'
import type { Cluster } from '../model/cluster.ts'
import { apiServerVersion } from '../model/control-plane.ts'
import { imageOf, version } from '../model/releases.ts'
import type { Call } from './command.ts'

/** The ClusterConfiguration in kubeadm-config. */
export function clusterConfiguration(
  cluster: Cluster,
): { kubernetesVersion: Version } & Record<string, unknown> {
  const object = cluster.store.find('ConfigMap', 'kube-system', 'kubeadm-config')
  const data = parse(object?.data?.['ClusterConfiguration'] ?? '') as { kubernetesVersion: string }
  return { ...data, kubernetesVersion: version(data.kubernetesVersion) }
}

/** Where it says that images come from. */
export function imageRepository(cluster: Cluster): string | undefined {
  return clusterConfiguration(cluster)['imageRepository'] as string | undefined
}

/** What `upgrade apply` does after the static pods and before the addons. */
export async function finishApply(call: Call, own: Version, wanted: Version): Promise<void> {
  const { cluster } = call
  await call.sleep(1)
  const configuration = { ...clusterConfiguration(cluster), kubernetesVersion: wanted }
  cluster.store.patch('ConfigMap', 'kube-system', 'kubeadm-config', {
    data: { ClusterConfiguration: stringify(configuration) },
  })
  call.out(
    '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace',
    '[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets in the cluster',
  )
  upgradeKubeletConfig(call, own)
  await call.sleep(1)
  call.out(
    '[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to get nodes',
    '[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials',
    '[bootstrap-token] Configured RBAC rules to allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token',
    '[bootstrap-token] Configured RBAC rules to allow certificate rotation for all node client certificates in the cluster',
  )
}

/** Writes the kubelet's configuration; only kubeadm 1.35 drops a flag that later kubelets do not know. Tried on the real lab. */
export function upgradeKubeletConfig(call: Call, own: Version): void {
  const { machine } = call
  const flags = machine.read('/var/lib/kubelet/kubeadm-flags.env')
  if (flags !== undefined && minorOf(own) === '1.35')
    machine.write(
      '/var/lib/kubelet/kubeadm-flags.env',
      flags.replace(/ ?--pod-infra-container-image=[^" ]+/, ''),
    )
  // It keeps the old one, as kubeadm does.
  const stamp = new Date(call.cluster.time.now()).toISOString().slice(0, 19).replace(/[T:]/g, '-')
  const config = machine.read('/var/lib/kubelet/config.yaml') ?? ''
  machine.write(`/etc/kubernetes/tmp/kubeadm-kubelet-config-${stamp}/config.yaml`, config)
  call.out(
    '[upgrade/kubelet-config] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"',
    '[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!',
  )
}

/** CoreDNS and kube-proxy move only when every API server is at the version. */
export async function upgradeAddons(call: Call, wanted: Version): Promise<void> {
  const { cluster } = call
  const behind = cluster.controlPlanes.filter((machine) => apiServerVersion(machine) !== wanted)
  if (behind.length > 0) {
    const names = behind.map((machine) => machine.name).join(' ')
    call.out(
      `[upgrade/addon] Skipping upgrade of addons because control plane instances [${names}] have not been upgraded`,
    )
    return
  }
  await call.sleep(1)
  for (const [name, title] of [
    ['coredns', 'CoreDNS'],
    ['kube-proxy', 'kube-proxy'],
  ] as const) {
    const image = imageOf(name, wanted, imageRepository(cluster))
    if (cluster.addons[name].image !== image)
      cluster.addons[name] = { image, settledAt: cluster.time.now() + cluster.time.of(10) }
    call.out(`[addons] Applied essential addon: ${title}`)
  }
}
