import type { Inventory, InventoryNode } from '../inventory/inventory.ts'
import type { Policy } from '../inventory/policy.ts'
import { apiServersWithinOneMinor, kubeletNotNewer, kubeletNotTooOld, untried } from '../versions/skew.ts'
import { compareVersions, type Version } from '../versions/version.ts'
import { blocks, notice, type Finding, type Severity } from './finding.ts'
import { inventoryFindings } from './inventory-findings.ts'
import { nodeFindings } from './node-findings.ts'
import {
  apiServers,
  controlPlaneComponents,
  observedNode,
  type Observed,
  type ObservedNode,
} from './observed.ts'

/** What the findings look at. */
export interface FindingsInput {
  inventory: Inventory
  observed: Observed
  policy: Policy
  target: Version
}

/** All findings, those that block first. Pure. */
export function findFindings(input: FindingsInput): Finding[] {
  const { inventory, observed, policy } = input
  const nodes = inventory.nodes.flatMap(
    (entry) => observedNode(entry, observed, isPrimary(inventory, entry)) ?? [],
  )
  const found = [
    ...policyFindings(policy),
    ...inventoryFindings(inventory, observed),
    ...nodes.flatMap((node) => nodeFindings(node, policy)),
    ...nodes.flatMap((node) => (node.role === 'control-plane' ? controlPlaneFindings(node, observed) : [])),
    ...healthFindings(observed),
    ...versionFindings(input),
  ]
  const accepted = new Map(policy.findings.accept.map((entry) => [entry.id, entry.reason]))
  const order: Severity[] = ['blocks', 'warns', 'tells']
  return found
    .map((finding) => ({ ...finding, accepted: accepted.get(finding.id) }))
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
}

/** The primary is the first control plane node of the inventory: the person who wrote it decides, and it never moves. */
export function isPrimary(inventory: Inventory, entry: InventoryNode): boolean {
  return inventory.nodes.find((node) => node.role === 'control-plane')?.name === entry.name
}

function controlPlaneFindings(node: ObservedNode, observed: Observed): Finding[] {
  const { facts, name } = node
  const findings: Finding[] = []
  const absent = controlPlaneComponents.filter((component) => !facts.manifests.has(component))
  if (absent.length > 0) {
    findings.push(
      blocks(
        'static-pods',
        'precondition-failed',
        name,
        `No static pod manifest on ${name} for ${absent.join(', ')}.`,
        'If an upgrade was interrupted, phase recover restores them from /etc/kubernetes/tmp; a control plane that does not run as static pods is not supported.',
      ),
    )
  }
  if (observed.snapshot.etcd === 'stacked' && !facts.manifests.has('etcd')) {
    findings.push(
      blocks(
        'static-pods',
        'precondition-failed',
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
    findings.push(
      blocks('admin-conf', 'precondition-failed', name, `${name} has no /etc/kubernetes/admin.conf.`, remedy),
    )
  }
  return findings
}

/** Keys that the format has and this release does not act on: asked for and not done would be worse than refused. */
function policyFindings({ packages, images, drain, etcd, plan }: Policy): Finding[] {
  const asked = {
    'packages.baseUrl': packages.baseUrl !== undefined,
    'packages.keyring': packages.keyring !== undefined,
    'packages.fingerprint': packages.fingerprint !== undefined,
    'images.repository': images.repository !== undefined,
    'drain.onBlocked: skip': drain.onBlocked === 'skip',
    'etcd.confirmRestore': etcd.confirmRestore,
    'plan.kubeadmHealthCheck: false': !plan.kubeadmHealthCheck,
  }
  const keys = Object.entries(asked).flatMap(([key, is]) => (is ? [key] : []))
  if (keys.length === 0) return []
  const seen = `The policy asks for what this release does not do: ${keys.join(', ')}.`
  const remedy = 'Remove these keys from the policy.'
  return [blocks('policy-not-in-release', 'precondition-failed', undefined, seen, remedy)]
}

function healthFindings(observed: Observed): Finding[] {
  return observed.health.flatMap((health) => {
    const findings: Finding[] = []
    if (!health.apiServerReady) {
      findings.push(
        blocks(
          'api-server-not-ready',
          'control-plane-unhealthy',
          health.node,
          `The API server of ${health.node} is not ready. ${health.errors}`,
          'kubectl get --raw /readyz?verbose on that node says what is missing.',
        ),
      )
    }
    if (health.etcd !== undefined && !health.etcd.answered) {
      findings.push(
        blocks(
          'etcd-member',
          'etcd-unhealthy',
          health.node,
          `The etcd member of ${health.node} does not answer. ${health.errors}`,
          'Look at its container: crictl logs, /var/log/pods/kube-system_etcd-*.',
        ),
      )
    }
    for (const problem of health.etcd?.problems ?? []) {
      findings.push(
        blocks(
          'etcd-member',
          'etcd-unhealthy',
          health.node,
          `etcd, as ${health.node} sees it: ${problem}.`,
          'Repair the member before the upgrade: https://etcd.io/docs/latest/op-guide/recovery/',
        ),
      )
    }
    return findings
  })
}

function versionFindings({ inventory, observed, target }: FindingsInput): Finding[] {
  const servers = apiServers(observed.snapshot)
  const kubelets = [...observed.snapshot.nodes.values()].flatMap((node) =>
    node.kubeletVersion === undefined ? [] : [{ node: node.name, version: node.kubeletVersion }],
  )
  // With a kubelet that talks to its own API server only, the other ones don't count.
  const problems = [
    ...apiServersWithinOneMinor(servers),
    ...kubelets.flatMap((kubelet) => {
      const own = servers.filter((server) => server.node === kubelet.node)
      const reachable = own.length > 0 ? own : servers
      return [...kubeletNotNewer(kubelet, reachable), ...kubeletNotTooOld(kubelet, servers)]
    }),
  ]
  const findings = problems.map((problem) =>
    blocks(
      'version-skew',
      'unsupported-version-skew',
      problem.node,
      `${problem.message}.`,
      'Bring the node back into the supported range first: https://kubernetes.io/releases/version-skew-policy/',
    ),
  )
  const note = untried(target)
  if (note !== undefined)
    findings.push(
      notice(
        'version-untried',
        'warns',
        undefined,
        note,
        'Try it on a cluster that is not production first.',
      ),
    )
  const ahead = servers.filter((server) => compareVersions(server.version, target) === 0)
  if (
    ahead.length > 0 &&
    ahead.length < inventory.nodes.filter((node) => node.role === 'control-plane').length
  ) {
    findings.push(
      notice(
        'upgrade-under-way',
        'tells',
        undefined,
        `An earlier upgrade to ${target} is half done: ${ahead.map((server) => server.node).join(', ')} run it already.`,
        'It is continued.',
      ),
    )
  }
  return findings
}
