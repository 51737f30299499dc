import type { Policy } from '../../inventory/policy.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { ObservedNode } from '../observed.ts'

export const certificatesCatalogue = {
  'certificate-expired': {
    severity: 'blocks',
    looks:
      'Looks at every certificate below `/etc/kubernetes/pki`, in admin.conf, controller-manager.conf and scheduler.conf, and at the client certificate of the kubelet: one has expired by the clock of the node.',
    todo: 'On control plane nodes `kubeadm certs renew all`, then restart the static pods; for the kubelet see <https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/troubleshooting-kubeadm/#kubelet-client-cert>.',
  },
  'certificate-expires': {
    severity: 'warns',
    looks:
      'A certificate expires within 30 days, and this upgrade does not renew it: renewal is off in the policy, the key of its CA is not on the node, or it is the client certificate of the kubelet, which the kubelet should have renewed long before.',
    todo: 'Renew it with `kubeadm certs renew`, turn `kubeadm.certificateRenewal` on, or find out why the kubelet does not renew its own.',
  },
  'certificate-renewal': {
    severity: 'tells',
    looks: 'A certificate expires within 30 days, and this upgrade renews it.',
    todo: 'Nothing, if the upgrade runs before that day. Copies of admin.conf elsewhere keep the old certificate.',
  },
  'certificate-authority': {
    severity: 'warns',
    looks: 'A CA expires within 180 days. kubeadm does not renew CAs.',
    todo: 'Rotate it by hand: <https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/>.',
  },
} as const satisfies Catalogue

const finding = findingsOf(certificatesCatalogue)

const day = 86_400
const authorities = /(^|[/-])ca\.crt$/

/** Certificates of one node that have ended or soon will, and whether the upgrade renews them. */
export function certificateFindings(node: ObservedNode, policy: Policy): Finding[] {
  const { facts, name } = node
  return facts.certificates.flatMap(({ file, expires }) => {
    const left = (expires - facts.clock) / day
    const date = new Date(expires * 1000).toISOString().slice(0, 10)
    if (left <= 0) {
      const remedy = 'Renew it first: kubeadm certs renew all, then restart the static pods.'
      return [finding('certificate-expired', name, `${file} on ${name} expired on ${date}.`, remedy)]
    }
    const seen = `${file} on ${name} expires on ${date}.`
    if (authorities.test(file)) {
      const remedy = 'Rotate it by hand: kubeadm does not renew CAs.'
      return left < 180 ? [finding('certificate-authority', name, seen, remedy)] : []
    }
    if (left >= 30) return []
    const problem = notRenewed(node, file, policy)
    return problem === undefined
      ? [finding('certificate-renewal', name, seen, 'Nothing: the upgrade renews it.')]
      : [finding('certificate-expires', name, seen, `Renew it: ${problem}.`)]
  })
}

/** Why the upgrade does not renew a certificate; undefined when it does. */
function notRenewed({ facts }: ObservedNode, file: string, policy: Policy): string | undefined {
  if (file === 'kubelet-client-current.pem') return 'the kubelet renews its own, and has not'
  if (!policy.kubeadm.certificateRenewal) return 'the policy turns renewal off'
  const authority = authorityOf(file)
  return facts.caKeys.includes(authority) ? undefined : `${authority} is not on this node`
}

function authorityOf(file: string): string {
  if (file.startsWith('etcd/') || file === 'apiserver-etcd-client.crt') return 'etcd/ca.key'
  return file.startsWith('front-proxy') ? 'front-proxy-ca.key' : 'ca.key'
}
