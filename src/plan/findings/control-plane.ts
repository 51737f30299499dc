import { controlPlaneComponents, type Observed, type ObservedNode } from '../observed.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

export const controlPlaneCatalogue = {
  'static-pods': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'A control plane node lacks a static pod manifest in `/etc/kubernetes/manifests`: of the API server, the controller manager, the scheduler, or of etcd unless it is external.',
    todo: 'If an upgrade was interrupted, phase `recover` restores the copy that belongs there ([recovery.md](recovery.md)). A control plane that does not run as static pods is not supported.',
  },
  'admin-conf': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks for `/etc/kubernetes/admin.conf` on every control plane node: `kubectl` and `kubeadm upgrade` use it there.',
    todo: 'Restore it with `kubeadm init phase kubeconfig admin` on that node; on the first control plane node of the inventory, or put another one first.',
  },
  'api-server-not-ready': {
    severity: 'blocks',
    reason: 'control-plane-unhealthy',
    looks: 'Asks `/readyz` of the API server on every control plane node, on the node itself.',
    todo: "`kubectl get --raw '/readyz?verbose'` on that node says which part is not ready.",
  },
} as const satisfies Catalogue

const finding = findingsOf(controlPlaneCatalogue)

/** What a node needs to be a control plane node that kubeadm can upgrade. */
export function controlPlaneFindings(node: ObservedNode, observed: Observed): Finding[] {
  const { facts, name } = node
  const findings: Finding[] = []
  const absent = controlPlaneComponents.filter((component) => !facts.manifests.has(component))
  if (absent.length > 0) {
    findings.push(
      finding(
        'static-pods',
        name,
        `No static pod manifest on ${name} for ${absent.join(', ')}.`,
        'If an upgrade was interrupted, phase recover restores them from /etc/kubernetes/tmp; a control plane that does not run as static pods is not supported.',
      ),
    )
  }
  if (observed.snapshot.etcd === 'stacked' && !facts.manifests.has('etcd')) {
    findings.push(
      finding(
        'static-pods',
        name,
        `No static pod manifest for etcd on ${name}, and kubeadm-config names no external etcd.`,
        'Phase recover restores it from /etc/kubernetes/tmp.',
      ),
    )
  }
  if (!facts.hasAdminConf) {
    const remedy = node.primary
      ? 'Put a control plane node that has it first in the inventory, or restore it.'
      : 'Restore it: kubeadm init phase kubeconfig admin.'
    findings.push(finding('admin-conf', name, `${name} has no /etc/kubernetes/admin.conf.`, remedy))
  }
  return findings
}

/** API servers that do not say that they are ready, asked on their own nodes. */
export function apiServerFindings(observed: Observed): Finding[] {
  return observed.health
    .filter((health) => !health.apiServerReady)
    .map((health) =>
      finding(
        'api-server-not-ready',
        health.node,
        `The API server of ${health.node} is not ready. ${health.errors}`,
        'kubectl get --raw /readyz?verbose on that node says what is missing.',
      ),
    )
}
