import type { Policy } from '../../inventory/policy.ts'
import { noService, packagesToMove } from '../../node/node.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { ObservedNode } from '../observed.ts'

export const windowsCatalogue = {
  'windows-node': {
    severity: 'warns',
    looks:
      'The worker runs Windows. It is upgraded as [the page of Kubernetes](https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-windows-nodes/) says, which is beta there, by scripts that were never run on a real Windows ([nodes.md](nodes.md#windows)). Of the other findings about nodes only those about the inventory, the clock and the cluster are looked for.',
    todo: 'Try it on a worker that may be missed: `nodes:` limits the phase workers to it.',
  },
  'windows-kube-proxy': {
    severity: 'tells',
    looks:
      'kube-proxy is not a service of the Windows worker, so it is a DaemonSet of its own, which kubeadm does not upgrade.',
    todo: 'Apply the DaemonSet of sig-windows-tools for the target once the upgrade is done, as the page says; kube-proxy may be three minors behind.',
  },
  'windows-program-missing': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'kubeadm.exe or kubelet.exe is not found on the Windows worker: not where the running process or the service has it, not in the PATH, not in `C:\\k`; or it does not say its version.',
    todo: 'Put it into the PATH of the machine.',
  },
  'windows-service-missing': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'The kubelet of the Windows worker is not a service of the name `kubelet`, which the procedure stops and starts.',
    todo: 'Register the kubelet as a service, as the scripts of sig-windows-tools do.',
  },
} as const satisfies Catalogue

const finding = findingsOf(windowsCatalogue)

/** What a Windows worker is looked at for. */
export function windowsFindings({ name, facts }: ObservedNode, policy: Policy): Finding[] {
  const patches = policy.kubeadm.patches
  const seen = `${name} runs ${facts.os}.${patches === undefined ? '' : ` Patches are taken from ${patches} of its system drive.`}`
  const found = [
    finding(
      'windows-node',
      name,
      seen,
      'Try it on a worker that may be missed first; it was never run on a real one.',
    ),
  ]
  const missing = packagesToMove(facts).filter((program) => !facts.packages.has(program))
  if (missing.length > 0) {
    const what = missing.map((program) => `${program}.exe`).join(', ')
    found.push(
      finding('windows-program-missing', name, `Not found on ${name}: ${what}.`, 'Put it into the PATH.'),
    )
  }
  if (facts.kubelet.state === noService) {
    const text = `The kubelet of ${name} is not a service.`
    found.push(finding('windows-service-missing', name, text, 'Register it as the service kubelet.'))
  }
  if (!facts.packages.has('kube-proxy')) {
    const text = `kube-proxy of ${name} is not a service: it is not upgraded.`
    found.push(
      finding(
        'windows-kube-proxy',
        name,
        text,
        "Apply the target's DaemonSet of sig-windows-tools afterwards.",
      ),
    )
  }
  return found
}
