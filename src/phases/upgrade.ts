import { planIsDone } from '../plan/plan.ts'
import type { Result } from '../report/model.ts'
import { controlPlanePhase } from './control-plane.ts'
import { planAll } from './plan.ts'
import type { Run } from './run.ts'
import { verifyPhase, verifySeen } from './verify.ts'
import { workersPhase } from './workers.ts'

/** Everything in one job: plan, control plane, workers, verify (not of a dry run). What the plan decided holds to the end. */
export async function upgradePhase(run: Run): Promise<Result> {
  const { plan, observed } = await planAll({ ...run, phase: 'plan' }, !run.dryRun)
  const done = planIsDone(plan)
  // Of a finished upgrade everything is seen already: the plan's look is the proof.
  if (done && !run.dryRun) return verifySeen(run, plan, observed)
  const approved: Run = {
    ...run,
    planDigest: plan.digest,
    request: { kind: 'exact', version: plan.targetVersion },
  }
  const controlPlane = await controlPlanePhase({ ...approved, phase: 'control-plane' })
  const workers = await workersPhase({ ...approved, phase: 'workers' })
  if (run.dryRun) return done ? 'unchanged' : 'planned'
  await verifyPhase({ ...approved, phase: 'verify' })
  return controlPlane === 'unchanged' && workers === 'unchanged' ? 'unchanged' : 'upgraded'
}
