import type { Inventory, InventoryNode } from '../../inventory/inventory.ts'
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
  'node-renamed': {
    severity: 'blocks',
    reason: 'inventory-mismatch',
    acceptable: false,
    looks:
      'The inventory names a node that the cluster does not have, and the machine there is, by its `/etc/machine-id`, a node of another name.',
    todo: 'Use the name of the Node object in the inventory. Nodes cannot be renamed: a machine that was given a new name has to be drained, reset and joined again.',
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
    looks:
      'Two names of the inventory lead to the same machine: the same `/etc/machine-id`, and the same start of it (boot_id). Cloned machines that share a machine-id are told apart by the latter.',
    todo: 'Correct the host of one of them.',
  },
  'wrong-machine': {
    severity: 'blocks',
    reason: 'inventory-mismatch',
    acceptable: false,
    looks:
      'The host of a node is another machine than the one in the cluster: `/etc/machine-id` there is not the one of the Node object.',
    todo: 'Correct the host in the inventory.',
  },
  'runner-is-node': {
    severity: 'warns',
    looks:
      "The runner's `/etc/machine-id` is that of a node: the job runs on a machine that it upgrades. Draining and restarting the kubelet leave it alone, a reboot or a full disk does not.",
    todo: 'Use a runner outside of the cluster. When the job dies, start it again: it continues.',
  },
  'runner-is-pod': {
    severity: 'warns',
    looks:
      'The runner is a pod of this cluster: the drain of its node evicts it in the middle of the job, and it loses the API together with everybody else.',
    todo: 'Use a runner outside of the cluster. When the job dies, start it again: it continues, with a new pod on another node.',
  },
} as const satisfies Catalogue

const finding = findingsOf(inventoryCatalogue)

/** What does not fit between the inventory, the cluster, and the machines; and where the runner stands among them. */
export function inventoryFindings(inventory: Inventory, observed: Observed): Finding[] {
  const renamed = renamedNodes(inventory, observed)
  return [
    ...inventory.unreadFiles.map((file) =>
      finding(
        'encrypted-inventory-file',
        undefined,
        `${file} is encrypted and was not read.`,
        'Make sure that it holds no variables that say how nodes are reached.',
      ),
    ),
    ...unlistedFindings(inventory, observed, [...renamed.values()]),
    ...inventory.nodes.flatMap((entry) => entryFindings(entry, observed, renamed.get(entry.name))),
    ...machineFindings(inventory, observed),
    ...runnerFindings(observed),
  ]
}

/** Names of the inventory that no node has, with the node that their machine is: name → name of the Node object. */
function renamedNodes(inventory: Inventory, { facts, snapshot }: Observed): Map<string, string> {
  const listed = new Set(inventory.nodes.map((entry) => entry.name))
  const byMachine = new Map(
    [...snapshot.nodes.values()]
      .filter((node) => !listed.has(node.name) && node.machineId !== '')
      .map((node) => [node.machineId, node.name]),
  )
  const pairs = inventory.nodes
    .filter((entry) => !snapshot.nodes.has(entry.name))
    .flatMap((entry): [string, string][] => {
      const name = byMachine.get(facts.get(entry.name)?.machineId ?? '')
      return name === undefined ? [] : [[entry.name, name]]
    })
  return new Map(pairs)
}

function unlistedFindings(inventory: Inventory, observed: Observed, known: readonly string[]): Finding[] {
  const listed = new Set([...inventory.nodes.map((entry) => entry.name), ...known])
  return [...observed.snapshot.nodes.values()]
    .filter((node) => !listed.has(node.name) && !(inventory.discoverWorkers && !node.controlPlane))
    .map((node) =>
      finding(
        'node-not-in-inventory',
        node.name,
        `Node ${node.name} is in the cluster but not in the inventory.`,
        'Add it to the inventory, or delete the Node object if the machine is gone: a node left behind would break the version skew later.',
      ),
    )
}

function entryFindings(entry: InventoryNode, observed: Observed, renamed: string | undefined): Finding[] {
  const { nodes } = observed.snapshot
  const node = nodes.get(entry.name)
  if (renamed !== undefined) {
    const seen = `The inventory calls ${entry.name} what is node ${renamed} of the cluster.`
    return [finding('node-renamed', entry.name, seen, `Call it ${renamed}, as the Node object.`)]
  }
  if (node === undefined) {
    const seen = `The inventory names ${entry.name}, which is no node of the cluster.`
    const names = [...nodes.keys()].slice(0, 20).join(', ')
    const remedy = `Correct the name (the cluster has: ${names}) or remove the entry.`
    return [finding('node-not-in-cluster', entry.name, seen, remedy)]
  }
  if (node.controlPlane === (entry.role === 'control-plane')) return []
  const is = node.controlPlane ? 'control-plane' : 'worker'
  const seen = `The inventory says that ${entry.name} is a ${entry.role} node; in the cluster it is a ${is} node.`
  return [finding('role-mismatch', entry.name, seen, `Correct the role to ${is}.`)]
}

function runnerFindings({ runner, snapshot, forecast }: Observed): Finding[] {
  if (runner === undefined) return []
  const node = [...snapshot.nodes.values()].find((one) => one.machineId === runner.machineId)
  const pod = forecast?.workloads?.pods.find(
    (one) => one.name === runner.pod?.name && one.namespace === runner.pod.namespace,
  )
  if (pod !== undefined) {
    const seen = `The runner is the pod ${pod.namespace}/${pod.name} on ${pod.node}: the drain of that node ends the job.`
    return [finding('runner-is-pod', pod.node, seen, 'Use a runner outside of the cluster.')]
  }
  // A pod may see the machine-id of its node: without the list of pods nothing is said of it.
  if (node === undefined || runner.machineId === '' || runner.pod !== undefined) return []
  const seen = `The runner is the machine of node ${node.name}, which is going to be upgraded.`
  return [finding('runner-is-node', node.name, seen, 'Use a runner outside of the cluster.')]
}

/** One machine under two names, or a name that leads to another machine. */
function machineFindings(inventory: Inventory, observed: Observed): Finding[] {
  const findings: Finding[] = []
  const seen = new Map<string, string>()
  // In the inventory's order: which of two nodes answered first says nothing.
  for (const { name } of inventory.nodes) {
    const facts = observed.facts.get(name)
    if (facts === undefined) continue
    // Machines that were cloned may share a machine-id: Kubernetes does not mind.
    const machine = `${facts.machineId} ${facts.bootId}`
    const twin = seen.get(machine)
    if (twin !== undefined && facts.machineId !== '') {
      findings.push(
        finding(
          'same-machine',
          name,
          `${name} and ${twin} lead to the same machine (machine-id ${facts.machineId}).`,
          'Correct the host of one of them.',
        ),
      )
    }
    seen.set(machine, name)
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
