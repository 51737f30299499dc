import type { Inventory } from '../inventory/inventory.ts'
import { blocks, type Finding } from './finding.ts'
import type { Observed } from './observed.ts'

export function inventoryFindings(inventory: Inventory, observed: Observed): Finding[] {
  const { nodes } = observed.snapshot
  const entries = new Map(inventory.nodes.map((entry) => [entry.name, entry]))
  const unlisted = [...nodes.values()].filter(
    (node) => !entries.has(node.name) && !(inventory.discoverWorkers && !node.controlPlane),
  )
  const findings = unlisted.map((node) =>
    blocks(
      'node-not-in-inventory',
      'inventory-mismatch',
      node.name,
      `Node ${node.name} is in the cluster but not in the inventory.`,
      'Add it to the inventory, or delete the Node object if the machine is gone: a node left behind would break the version skew later.',
    ),
  )
  for (const entry of inventory.nodes) {
    const node = nodes.get(entry.name)
    if (node === undefined) {
      findings.push(
        blocks(
          'node-not-in-cluster',
          'inventory-mismatch',
          entry.name,
          `The inventory names ${entry.name}, which is no node of the cluster.`,
          `Correct the name (the cluster has: ${[...nodes.keys()].slice(0, 20).join(', ')}) or remove the entry.`,
        ),
      )
    } else if (node.controlPlane !== (entry.role === 'control-plane')) {
      const is = node.controlPlane ? 'control-plane' : 'worker'
      findings.push(
        blocks(
          'role-mismatch',
          'inventory-mismatch',
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
        blocks(
          'same-machine',
          'inventory-mismatch',
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
        blocks(
          'wrong-machine',
          'inventory-mismatch',
          name,
          `The host of ${name} is another machine (machine-id ${facts.machineId}) than the node in the cluster (${expected}).`,
          'Correct the host in the inventory.',
        ),
      )
    }
  }
  return findings
}
