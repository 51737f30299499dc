import type { Finding } from '../../src/plan/finding.ts'
import { findFindings, type FindingsInput } from '../../src/plan/findings.ts'
import { policy, target, TestCluster } from './world.ts'

export type Change = (cluster: TestCluster) => void

/** The findings of a small healthy cluster that `bend` was applied to. */
export function findings(
  bend: Change,
  options: Partial<Pick<FindingsInput, 'target' | 'policy' | 'hops' | 'maxUnavailable'>> = {},
): Finding[] {
  const cluster = new TestCluster()
  bend(cluster)
  const inventory = cluster.inventory()
  const input = { inventory, observed: cluster.observed(), policy: policy(), target }
  return findFindings({ ...input, hops: [], maxUnavailable: 1, ...options })
}

/** `severity id node` of what was found. */
export function said(bend: Change, options?: Parameters<typeof findings>[1]): string[] {
  return findings(bend, options).map(({ id, severity, node }) => `${severity} ${id} ${node ?? 'cluster'}`)
}
