import { cordonedByOthers } from '../../cluster/snapshot.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import { count } from '../../report/format.ts'
import type { Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Observed } from '../observed.ts'

export const slotsCatalogue = {
  'no-slot-left': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'A worker that somebody else cordoned is upgraded first and stays cordoned, so that its slot of `max-unavailable` never comes back. As many of them as there are slots, and no other worker could start: found before the control plane is touched.',
    todo: 'Uncordon some of them, or raise `max-unavailable` above their number.',
  },
} as const satisfies Catalogue

const finding = findingsOf(slotsCatalogue)

/** Whether cordoned workers keep every slot while others still wait for one. @param slots max-unavailable */
export function slotFindings(
  inventory: Inventory,
  { facts, snapshot }: Observed,
  target: Version,
  slots: number,
): Finding[] {
  const workers = inventory.nodes.flatMap(({ name, role }) =>
    role === 'worker' ? (snapshot.nodes.get(name) ?? []) : [],
  )
  const kept = workers.filter(cordonedByOthers)
  // A job for the cordoned ones alone may go on: without facts of a worker, this run does not start it.
  const waiting = workers.filter(
    (node) => facts.has(node.name) && !cordonedByOthers(node) && node.kubeletVersion !== target,
  )
  if (kept.length < slots || waiting.length === 0) return []
  const names = kept.map(({ name }) => name).join(', ')
  const seen = `Cordoned by somebody else: ${names}; they use ${slots === 1 ? 'the only slot' : `all ${slots} slots`} of max-unavailable, and ${count(waiting.length, 'other worker')} could not start.`
  return [
    finding(
      'no-slot-left',
      undefined,
      seen,
      `kubectl uncordon one of them, or set max-unavailable to ${kept.length + 1} or more.`,
    ),
  ]
}
