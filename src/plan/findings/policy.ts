import { imageRepositoryOf } from '../../cluster/image-repository.ts'
import type { Snapshot } from '../../cluster/snapshot.ts'
import type { Policy } from '../../inventory/policy.ts'
import type { Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import { leavesKubeProxy } from '../observed.ts'

export const policyCatalogue = {
  'image-repository-changes': {
    severity: 'tells',
    looks:
      'The policy (`images.repository`) names another image repository than kubeadm-config. It is written there before `kubeadm upgrade apply`; the control plane, etcd, CoreDNS and kube-proxy then come from it, all of them in pods that start anew.',
    todo: "See that the repository has the target's images (`kubeadm config images list`) and that the nodes may pull from it. The image of pod sandboxes (pause) is a setting of the container runtime, which stays as it is.",
  },
  'kube-proxy-comes-back': {
    severity: 'blocks',
    looks:
      'The DaemonSet kube-proxy is there, but no node is to run a pod of it: a selector of nodes switches it off, as Calico with eBPF advises. `kubeadm upgrade` writes the whole DaemonSet anew, without the selector, and kube-proxy would start on every node.',
    todo: 'Leave it out, by `addon/kube-proxy` in `kubeadm.config.apply.skipPhases` and `kubeadm.config.node.skipPhases` of the policy; or delete the DaemonSet and the ConfigMap kube-proxy. Accept it where kube-proxy is to come back.',
  },
} as const satisfies Catalogue

const finding = findingsOf(policyCatalogue)

/** What an upgrade with this policy changes of the cluster beside its version. */
export function policyFindings(policy: Policy, snapshot: Snapshot, target: Version): Finding[] {
  return [...imageFindings(policy, snapshot), ...kubeProxyFindings(policy, snapshot, target)]
}

function kubeProxyFindings(policy: Policy, { kubeProxy }: Snapshot, target: Version): Finding[] {
  if (kubeProxy?.pods !== 0 || kubeProxy.version === target) return []
  // `kubeadm upgrade node` writes it as well, on the last control plane node.
  if (leavesKubeProxy(policy) && leavesKubeProxy(policy, 'node')) return []
  const seen =
    'The DaemonSet kube-proxy has no node to run on; kubeadm would have it run on every node again.'
  const remedy =
    'Leave it out (policy: addon/kube-proxy in kubeadm.config.apply.skipPhases and node.skipPhases), or delete DaemonSet and ConfigMap kube-proxy.'
  return [finding('kube-proxy-comes-back', undefined, seen, remedy)]
}

function imageFindings({ images }: Policy, snapshot: Snapshot): Finding[] {
  const now = imageRepositoryOf(snapshot.clusterConfiguration)
  if (images.repository === undefined || images.repository === now) return []
  const seen = `Images come from ${now} now, and from ${images.repository} after the upgrade.`
  const remedy = 'See that it has all of them, and that the runtime may pull from it.'
  return [finding('image-repository-changes', undefined, seen, remedy)]
}
