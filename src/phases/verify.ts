import { Failure } from '../failure.ts'
import type { Check, Result } from '../report/model.ts'
import type { Observed } from '../plan/observed.ts'
import { versionsOf, type Plan } from '../plan/plan.ts'
import { verifyChecks } from '../plan/verify.ts'
import { prepare } from './prepare.ts'
import { look } from './look.ts'
import { controlPlaneNames, type Run } from './run.ts'

/** Addons and heartbeats may lag a moment behind the last node; after this they count as wrong. Milliseconds. */
const patience = 60_000

/** Proves that every node is at the version and Ready. Changes nothing. @throws {Failure} `verify-failed` */
export async function verifyPhase(run: Run): Promise<Result> {
  const names = run.inventory.nodes.map((node) => node.name)
  const { plan, observed } = await run.log.group('Look', () => prepare(run, names))
  return verifySeen(run, plan, observed)
}

/**
 * The same for what a look at all nodes has seen; looks again while what is wrong may pass by itself.
 * @throws {Failure} `verify-failed`
 */
export async function verifySeen(run: Run, plan: Plan, observed: Observed): Promise<Result> {
  const names = run.inventory.nodes.map((node) => node.name)
  const until = run.clock.now() + patience
  let seen = observed
  let checks = verifyChecks(run.inventory, seen, plan.targetVersion, run.policy)
  while (mayHeal(checks) && run.clock.now() < until && !run.aborted()) {
    await run.clock.sleep(5000)
    seen = await look(run, names, controlPlaneNames(run))
    checks = verifyChecks(run.inventory, seen, plan.targetVersion, run.policy)
  }
  run.recorder.checks.push(...checks)
  const wrong = failed(checks)
  for (const name of names)
    if (wrong.some((check) => check.node === name)) run.recorder.finished(name, 'failed')
    else if (run.recorder.node(name).state === 'planned')
      run.recorder.finished(name, 'unchanged', versionsOf(name, seen))
  run.log.info(`${checks.length - wrong.length} of ${checks.length} checks passed`)
  if (wrong.length === 0) return 'unchanged'
  throw new Failure(
    'verify-failed',
    `${wrong.length} of ${checks.length} checks of the upgrade to ${plan.targetVersion} failed.`,
    {
      node: wrong[0]?.node,
      seen: wrong.map((check) => `${check.node ?? 'cluster'} ${check.name}: ${check.seen}`).join('\n'),
      next: 'Run the phase that is behind again (control-plane or workers): it does only what is missing.',
    },
  )
}

/** Checks that pass by themselves a moment after the last node; a wrong version does not. */
const settling = ['ready', 'static-pods', 'control-plane', 'kube-proxy', 'coredns']

function mayHeal(checks: readonly Check[]): boolean {
  const wrong = failed(checks)
  return wrong.length > 0 && wrong.every((check) => settling.includes(check.name))
}

function failed(checks: readonly Check[]): Check[] {
  return checks.filter((check) => !check.passed)
}
