import type { Result } from '../report/model.ts'
import { controlPlanePhase } from './control-plane.ts'
import { planPhase } from './plan.ts'
import type { Run } from './run.ts'
import { verifyPhase } from './verify.ts'
import { workersPhase } from './workers.ts'

/** Everything in one job: plan, control plane, workers, verify (not of a dry run). What the plan decided holds to the end. */
export async function upgradePhase(run: Run): Promise<Result> {
  const planned = await planPhase({ ...run, phase: 'plan' }, !run.dryRun)
  const plan = run.recorder.plan
  if (plan === undefined) return planned
  const approved: Run = {
    ...run,
    planDigest: plan.digest,
    request: { kind: 'exact', version: plan.targetVersion },
  }
  const controlPlane = await controlPlanePhase({ ...approved, phase: 'control-plane' })
  const workers = await workersPhase({ ...approved, phase: 'workers' })
  if (run.dryRun) return planned
  await verifyPhase({ ...approved, phase: 'verify' })
  return controlPlane === 'unchanged' && workers === 'unchanged' ? 'unchanged' : 'upgraded'
}
