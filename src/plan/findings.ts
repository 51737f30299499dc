import type { Inventory, InventoryNode } from '../inventory/inventory.ts'
import type { Policy } from '../inventory/policy.ts'
import type { FailureReason } from '../failure.ts'
import { kubernetesPackages } from '../node/node.ts'
import { apiServersWithinOneMinor, kubeletNotNewer, kubeletNotTooOld, untried } from '../versions/skew.ts'
import { compareVersions, type Version } from '../versions/version.ts'
import type { Finding, Severity } from './finding.ts'
import { apiServers, controlPlaneComponents, observedNode, type Observed, type ObservedNode } from './observed.ts'

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
  const nodes = inventory.nodes.flatMap((entry) => observedNode(entry, observed, isPrimary(inventory, entry)) ?? [])
  const found = [
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

function inventoryFindings(inventory: Inventory, observed: Observed): Finding[] {
  const { nodes } = observed.snapshot
  const entries = new Map(inventory.nodes.map((entry) => [entry.name, entry]))
  const unlisted = [...nodes.values()].filter((node) => !entries.has(node.name) && !(inventory.discoverWorkers && !node.controlPlane))
  const findings = unlisted.map((node) =>
    blocks('node-not-in-inventory', 'inventory-mismatch', node.name, `Node ${node.name} is in the cluster but not in the inventory.`,
      'Add it to the inventory, or delete the Node object if the machine is gone: a node left behind would break the version skew later.'))
  for (const entry of inventory.nodes) {
    const node = nodes.get(entry.name)
    if (node === undefined) {
      findings.push(blocks('node-not-in-cluster', 'inventory-mismatch', entry.name, `The inventory names ${entry.name}, which is no node of the cluster.`,
        `Correct the name (the cluster has: ${[...nodes.keys()].slice(0, 20).join(', ')}) or remove the entry.`))
    } else if (node.controlPlane !== (entry.role === 'control-plane')) {
      const is = node.controlPlane ? 'control-plane' : 'worker'
      findings.push(blocks('role-mismatch', 'inventory-mismatch', entry.name, `The inventory says that ${entry.name} is a ${entry.role} node; in the cluster it is a ${is} node.`,
        `Correct the role to ${is}.`))
    }
  }
  return [...findings, ...machineFindings(observed)]
}

/** One machine under two names, or a name that leads to another machine. */
function machineFindings(observed: Observed): Finding[] {
  const findings: Finding[] = []
  const seen = new Map<string, string>()
  for (const [name, facts] of observed.facts) {
    const twin = seen.get(facts.machineId)
    if (twin !== undefined && facts.machineId !== '') {
      findings.push(blocks('same-machine', 'inventory-mismatch', name, `${name} and ${twin} lead to the same machine (machine-id ${facts.machineId}).`,
        'Correct the host of one of them; cloned machines need a machine-id of their own (systemd-machine-id-setup).'))
    }
    seen.set(facts.machineId, name)
    const expected = observed.snapshot.nodes.get(name)?.machineId
    if (expected !== undefined && expected !== '' && facts.machineId !== '' && expected !== facts.machineId) {
      findings.push(blocks('wrong-machine', 'inventory-mismatch', name, `The host of ${name} is another machine (machine-id ${facts.machineId}) than the node in the cluster (${expected}).`,
        'Correct the host in the inventory.'))
    }
  }
  return findings
}

function nodeFindings(node: ObservedNode, policy: Policy): Finding[] {
  const { facts, name } = node
  const findings: Finding[] = []
  if (!facts.packageManagers.includes('apt-get')) {
    findings.push(blocks('package-manager', 'precondition-failed', name, `No apt-get on ${name} (${facts.os}).`, 'This version upgrades nodes with apt.'))
  } else if (facts.repositories.length !== 1) {
    const files = facts.repositories.map((repository) => repository.file).join(', ') || 'none'
    findings.push(blocks('package-repository', 'precondition-failed', name, `Kubernetes package repositories on ${name}: ${files}; exactly one is expected.`,
      'Set up pkgs.k8s.io as https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/ says.'))
  } else if (facts.repositories[0]?.minor === undefined) {
    findings.push(blocks('package-repository', 'precondition-failed', name, `${facts.repositories[0]?.file ?? ''} on ${name} is no repository with a minor in its address.`,
      'The old apt.kubernetes.io is frozen: change to pkgs.k8s.io.'))
  }
  const absent = kubernetesPackages.filter((entry) => !facts.packages.has(entry))
  if (absent.length > 0 && facts.packageManagers.includes('apt-get')) {
    findings.push(blocks('package-missing', 'precondition-failed', name, `Not installed as packages on ${name}: ${absent.join(', ')}.`, 'Install them from the package repository first.'))
  }
  if (facts.brokenPackages.length > 0) {
    findings.push(finding('packages-interrupted', 'warns', name, `dpkg was interrupted on ${name}: ${facts.brokenPackages.join(', ')}.`, 'The upgrade runs "dpkg --configure -a" before it installs.'))
  }
  if (facts.swap) {
    findings.push(finding('swap', 'warns', name, `Swap is on at ${name}.`, 'Turn it off, or be sure that the kubelet is configured for it (failSwapOn: false).'))
  }
  if (!facts.cgroupV2) {
    findings.push(finding('cgroup-v1', 'warns', name, `${name} uses cgroup v1, which the kubelet refuses from 1.35 on unless failCgroupV1 is false.`, 'Move the machine to cgroup v2; until then keep failCgroupV1: false in kubelet-config and accept SystemVerification in the policy.'))
  }
  return [...findings, ...readinessFindings(node), ...diskFindings(node, policy)]
}

function readinessFindings(node: ObservedNode): Finding[] {
  if (node.node?.ready !== false) return []
  const seen = `${node.name} is NotReady: ${node.node.readyMessage || 'no reason given'}.`
  if (!node.facts.kubelet.active) {
    return [finding('kubelet-down', 'warns', node.name, `${seen} Its kubelet is ${node.facts.kubelet.state}.`, 'The upgrade starts it and waits for Ready.')]
  }
  if (node.role === 'worker') {
    return [finding('node-not-ready', 'warns', node.name, seen, 'It counts as unavailable and is upgraded first.')]
  }
  return [blocks('control-plane-not-ready', 'node-not-ready', node.name, seen, 'Bring it to Ready first: kubeadm refuses to upgrade with a control plane node that is not.')]
}

/** Space that an upgrade needs beside the copy of etcd: packages and images, MiB. */
const roomMiB = 1024

function diskFindings(node: ObservedNode, policy: Policy): Finding[] {
  const copies = policy.etcd.snapshot ? 2 : 1
  const needed = roomMiB + (node.role === 'control-plane' ? (copies * node.facts.etcdKiB) / 1024 : 0)
  return node.facts.disks
    .filter((disk, index, all) => all.findIndex((other) => other.mount === disk.mount) === index)
    .filter((disk) => disk.availableKiB / 1024 < needed)
    .map((disk) =>
      blocks('disk-space', 'precondition-failed', node.name, `${disk.mount} on ${node.name} has ${Math.round(disk.availableKiB / 1024)} MiB free; the upgrade wants ${Math.round(needed)} MiB.`,
        'Free space: old folders below /etc/kubernetes/tmp, unused images, the apt cache.'))
}

function controlPlaneFindings(node: ObservedNode, observed: Observed): Finding[] {
  const { facts, name } = node
  const findings: Finding[] = []
  const absent = controlPlaneComponents.filter((component) => !facts.manifests.has(component))
  if (absent.length > 0) {
    findings.push(blocks('static-pods', 'precondition-failed', name, `No static pod manifest on ${name} for ${absent.join(', ')}.`,
      'If an upgrade was interrupted, phase recover restores them from /etc/kubernetes/tmp; a control plane that does not run as static pods is not supported.'))
  }
  if (observed.snapshot.etcd === 'stacked' && !facts.manifests.has('etcd')) {
    findings.push(blocks('static-pods', 'precondition-failed', name, `No static pod manifest for etcd on ${name}, and kubeadm-config names no external etcd.`, 'Phase recover restores it from /etc/kubernetes/tmp.'))
  }
  if (!facts.hasAdminConf) {
    const remedy = node.primary ? 'Put a control plane node that has it first in the inventory, or restore it.' : 'Restore it: kubeadm init phase kubeconfig admin.'
    findings.push(blocks('admin-conf', 'precondition-failed', name, `${name} has no /etc/kubernetes/admin.conf.`, remedy))
  }
  return findings
}

function healthFindings(observed: Observed): Finding[] {
  return observed.health.flatMap((health) => {
    const findings: Finding[] = []
    if (!health.apiServerReady) {
      findings.push(blocks('api-server-not-ready', 'control-plane-unhealthy', health.node, `The API server of ${health.node} is not ready. ${health.errors}`, 'kubectl get --raw /readyz?verbose on that node says what is missing.'))
    }
    if (health.etcd !== undefined && !health.etcd.answered) {
      findings.push(blocks('etcd-member', 'etcd-unhealthy', health.node, `The etcd member of ${health.node} does not answer. ${health.errors}`, 'Look at its container: crictl logs, /var/log/pods/kube-system_etcd-*.'))
    }
    for (const problem of health.etcd?.problems ?? []) {
      findings.push(blocks('etcd-member', 'etcd-unhealthy', health.node, `etcd, as ${health.node} sees it: ${problem}.`, 'Repair the member before the upgrade: https://etcd.io/docs/latest/op-guide/recovery/'))
    }
    return findings
  })
}

function versionFindings({ inventory, observed, target }: FindingsInput): Finding[] {
  const servers = apiServers(observed.snapshot)
  const kubelets = [...observed.snapshot.nodes.values()].flatMap((node) =>
    node.kubeletVersion === undefined ? [] : [{ node: node.name, version: node.kubeletVersion }])
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
    blocks('version-skew', 'unsupported-version-skew', problem.node, `${problem.message}.`, 'Bring the node back into the supported range first: https://kubernetes.io/releases/version-skew-policy/'))
  const note = untried(target)
  if (note !== undefined) findings.push(finding('version-untried', 'warns', undefined, note, 'Try it on a cluster that is not production first.'))
  const ahead = servers.filter((server) => compareVersions(server.version, target) === 0)
  if (ahead.length > 0 && ahead.length < inventory.nodes.filter((node) => node.role === 'control-plane').length) {
    findings.push(finding('upgrade-under-way', 'tells', undefined, `An earlier upgrade to ${target} is half done: ${ahead.map((server) => server.node).join(', ')} run it already.`, 'It is continued.'))
  }
  return findings
}

function blocks(id: string, reason: FailureReason, node: string | undefined, seen: string, remedy: string): Finding {
  return { id, severity: 'blocks', node, seen, remedy, reason, accepted: undefined }
}

function finding(id: string, severity: Severity, node: string | undefined, seen: string, remedy: string): Finding {
  return { id, severity, node, seen, remedy, reason: 'precondition-failed', accepted: undefined }
}
