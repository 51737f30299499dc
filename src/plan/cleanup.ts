import type { Leftover, NodeLeftovers } from '../node/leftovers.ts'

/**
 * What may go from a node whose upgrade is finished: everything that is older than the kubelet that runs, since its
 * start was the last change that the upgrade made here. Whatever is newer belongs to something that came after. Pure.
 * @param keep how many snapshots of etcd stay, newest first
 */
export function removable(node: NodeLeftovers, keep: number): Leftover[] {
  const { kubeletStarted, running } = node
  if (kubeletStarted === undefined) return []
  const kept = new Set(keptSnapshots(node.leftovers, keep))
  return node.leftovers.filter(
    ({ name, changed }) =>
      changed < kubeletStarted &&
      !running.some((id) => name === `jobs/${id}`) &&
      !kept.has(name.replace(/(\.db)?\.json$/, '.db')),
  )
}

function keptSnapshots(leftovers: readonly Leftover[], keep: number): string[] {
  return leftovers
    .filter(({ name }) => /^snapshots\/.*\.db$/.test(name))
    .toSorted((a, b) => b.changed - a.changed)
    .slice(0, keep)
    .map(({ name }) => name)
}

/** The sum of sizes, KiB. */
export function totalKiB(leftovers: readonly { KiB: number }[]): number {
  return leftovers.reduce((sum, { KiB }) => sum + KiB, 0)
}
