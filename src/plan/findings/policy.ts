import { imageRepositoryOf } from '../../cluster/image-repository.ts'
import type { Snapshot } from '../../cluster/snapshot.ts'
import type { Policy } from '../../inventory/policy.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

export const policyCatalogue = {
  'image-repository-changes': {
    severity: 'tells',
    looks:
      'The policy (`images.repository`) names another image repository than kubeadm-config. It is written there before `kubeadm upgrade apply`; the control plane, etcd, CoreDNS and kube-proxy then come from it, all of them in pods that start anew.',
    todo: "See that the repository has the target's images (`kubeadm config images list`) and that the nodes may pull from it. The image of pod sandboxes (pause) is a setting of the container runtime, which stays as it is.",
  },
} as const satisfies Catalogue

const finding = findingsOf(policyCatalogue)

/** What the policy changes of the cluster beside its version. */
export function policyFindings({ images }: Policy, snapshot: Snapshot): Finding[] {
  const now = imageRepositoryOf(snapshot.clusterConfiguration)
  if (images.repository === undefined || images.repository === now) return []
  const seen = `Images come from ${now} now, and from ${images.repository} after the upgrade.`
  const remedy = 'See that it has all of them, and that the runtime may pull from it.'
  return [finding('image-repository-changes', undefined, seen, remedy)]
}
