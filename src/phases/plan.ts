import { planIsDone } from '../plan/plan.ts'
import type { Result } from '../report/model.ts'
import { gate, prepare, type Prepared } from './prepare.ts'
import type { Run } from './run.ts'

/** Looks at everything, changes nothing, and says what an upgrade would do. */
export async function planPhase(run: Run): Promise<Result> {
  const { plan } = await planAll(run)
  return planIsDone(plan) ? 'unchanged' : 'planned'
}

/**
 * The plan of all nodes, which nothing blocks.
 * @param changes the upgrade follows in the same job
 */
export async function planAll(run: Run, changes = false): Promise<Prepared> {
  const nodes = run.inventory.nodes.map((node) => node.name)
  // An archive that cannot be used is told now, not when the upgrade has begun.
  await run.openImageArchive()
  const prepared = await run.log.group('Plan', () => prepare(run, nodes, changes))
  gate(run, prepared.plan)
  return prepared
}
