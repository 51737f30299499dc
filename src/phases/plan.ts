import { planIsDone } from '../plan/plan.ts'
import type { Result } from '../report/model.ts'
import { gate, prepare } from './prepare.ts'
import type { Run } from './run.ts'

/**
 * Looks at everything, changes nothing, and says what an upgrade would do.
 * @param changes the upgrade follows in the same job
 */
export async function planPhase(run: Run, changes = false): Promise<Result> {
  const nodes = run.inventory.nodes.map((node) => node.name)
  // An archive that cannot be used is told now, not when the upgrade has begun.
  await run.openImageArchive()
  const { plan } = await run.log.group('Plan', () => prepare(run, nodes, changes))
  gate(run, plan)
  return planIsDone(plan) ? 'unchanged' : 'planned'
}
