import type { Inventory } from '../../inventory/inventory.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Observed } from '../observed.ts'

export const inventoryCatalogue = {
  'node-not-in-inventory': {
    severity: 'blocks',
    reason: 'inventory-mismatch',
    looks:
      'The cluster has a node that the inventory does not name. It would be left behind, and break the version skew at a later upgrade.',
    todo: 'Add it to the inventory, or `discover: workers`; or delete the Node object when the machine is gone.',
  },
  'node-not-in-cluster': {
    severity: 'blocks',
    reason: 'inventory-mismatch',
    acceptable: false,
    looks: 'The inventory names a node that the cluster does not have.',
    todo: "Correct the name (it is the Node object's), or remove the entry.",
  },
  'role-mismatch': {
    severity: 'blocks',
    reason: 'inventory-mismatch',
    acceptable: false,
    looks:
      "The inventory's role of a node is not the one that it has in the cluster (the label `node-role.kubernetes.io/control-plane`).",
    todo: 'Correct the role in the inventory.',
  },
  'encrypted-inventory-file': {
    severity: 'warns',
    looks:
      'A file in group_vars or host_vars beside an Ansible inventory is encrypted as a whole. If it says how nodes are reached, that is not seen.',
    todo: 'Nothing, if it holds no connection variables (`ansible_host`, `ansible_port`, `ansible_user`, `ansible_ssh_common_args`); else keep these in a file that is not encrypted, or set the inputs `ssh-user`, `ssh-port` and `ssh-jump`.',
  },
  'same-machine': {
    severity: 'blocks',
    reason: 'inventory-mismatch',
    acceptable: false,
    looks: 'Two names of the inventory lead to machines with the same `/etc/machine-id`.',
    todo: 'Correct the host of one of them. Cloned machines need a machine-id of their own (`systemd-machine-id-setup`, after removing the old one).',
  },
  'wrong-machine': {
    severity: 'blocks',
    reason: 'inventory-mismatch',
    acceptable: false,
    looks:
      'The host of a node is another machine than the one in the cluster: `/etc/machine-id` there is not the one of the Node object.',
    todo: 'Correct the host in the inventory.',
  },
} as const satisfies Catalogue

const finding = findingsOf(inventoryCatalogue)

/** What does not fit between the inventory and the cluster. */
export function inventoryFindings(inventory: Inventory, observed: Observed): Finding[] {
  const { nodes } = observed.snapshot
  const entries = new Map(inventory.nodes.map((entry) => [entry.name, entry]))
  const unlisted = [...nodes.values()].filter(
    (node) => !entries.has(node.name) && !(inventory.discoverWorkers && !node.controlPlane),
  )
  const findings = inventory.unreadFiles.map((file) =>
    finding(
      'encrypted-inventory-file',
      undefined,
      `${file} is encrypted and was not read.`,
      'Make sure that it holds no variables that say how nodes are reached.',
    ),
  )
  const missing = unlisted.map((node) =>
    finding(
      'node-not-in-inventory',
      node.name,
      `Node ${node.name} is in the cluster but not in the inventory.`,
      'Add it to the inventory, or delete the Node object if the machine is gone: a node left behind would break the version skew later.',
    ),
  )
  findings.push(...missing)
  for (const entry of inventory.nodes) {
    const node = nodes.get(entry.name)
    if (node === undefined) {
      findings.push(
        finding(
          'node-not-in-cluster',
          entry.name,
          `The inventory names ${entry.name}, which is no node of the cluster.`,
          `Correct the name (the cluster has: ${[...nodes.keys()].slice(0, 20).join(', ')}) or remove the entry.`,
        ),
      )
    } else if (node.controlPlane !== (entry.role === 'control-plane')) {
      const is = node.controlPlane ? 'control-plane' : 'worker'
      findings.push(
        finding(
          'role-mismatch',
          entry.name,
          `The inventory says that ${entry.name} is a ${entry.role} node; in the cluster it is a ${is} node.`,
          `Correct the role to ${is}.`,
        ),
      )
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
      findings.push(
        finding(
          'same-machine',
          name,
          `${name} and ${twin} lead to the same machine (machine-id ${facts.machineId}).`,
          'Correct the host of one of them; cloned machines need a machine-id of their own (systemd-machine-id-setup).',
        ),
      )
    }
    seen.set(facts.machineId, name)
    const expected = observed.snapshot.nodes.get(name)?.machineId
    if (expected !== undefined && expected !== '' && facts.machineId !== '' && expected !== facts.machineId) {
      findings.push(
        finding(
          'wrong-machine',
          name,
          `The host of ${name} is another machine (machine-id ${facts.machineId}) than the node in the cluster (${expected}).`,
          'Correct the host in the inventory.',
        ),
      )
    }
  }
  return findings
}
