import { osLabel, readSnapshot } from '../cluster/snapshot.ts'
import type { InventoryNode } from '../inventory/inventory.ts'
import { admin } from './look.ts'
import type { Run } from './run.ts'

/** The run with the cluster's own workers in its inventory, where the inventory says `discover: workers`; sorted by name. */
export async function discoverWorkers(run: Run): Promise<Run> {
  const { inventory } = run
  if (!inventory.discoverWorkers) return run
  const { nodes } = await readSnapshot(admin(run))
  const listed = new Set(inventory.nodes.map((node) => node.name))
  const found = [...nodes.values()]
    .filter((node) => !node.controlPlane && !listed.has(node.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((node): InventoryNode => {
      const ssh = { ...inventory.sshDefaults, host: node.internalAddress }
      const windows = node.labels[osLabel] === 'windows'
      return { name: node.name, role: 'worker', groups: [], ...(windows && { os: 'windows' }), ssh }
    })
  return {
    ...run,
    inventory: { ...inventory, discoverWorkers: false, nodes: [...inventory.nodes, ...found] },
  }
}
