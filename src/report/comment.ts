import { createHash } from 'node:crypto'
import type { Inventory } from '../inventory/inventory.ts'
import type { Report } from './model.ts'
import { summary } from './summary.ts'

/** GitHub takes 65,536 characters; none of them is more than a byte here, so that this is always below. */
const maxBytes = 65_000

/** The hidden first line that a cluster's comment is found by. Nothing of the inventory stands in it as it is. */
export function commentMarker({ cluster, nodes }: Pick<Inventory, 'cluster' | 'nodes'>): string {
  const controlPlanes = nodes.filter(({ role }) => role === 'control-plane')
  const id = cluster ?? controlPlanes.map(({ name, ssh }) => `${name} ${ssh.host}`).join('\n')
  return `<!-- kubeadm-upgrade plan ${createHash('sha256').update(id).digest('hex').slice(0, 16)} -->`
}

/** The plan as a comment of a pull request: the summary of the run, below GitHub's limit, behind the marker. */
export function planComment(report: Report, marker: string, runUrl: string | undefined): string {
  return `${marker}\n${summary(report, { bytes: maxBytes - marker.length, runUrl })}`
}
