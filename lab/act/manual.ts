import { fingerprint } from '../sim/fingerprint.ts'
import { brokenInvariants } from '../sim/kill/invariants.ts'
import { Simulation } from '../sim/simulation.ts'
import { version } from '../sim/model/releases.ts'
import { equal, truthy } from '../test/check.ts'
import type { Tally } from '../test/scenario.ts'
import type { ActRun } from './act.ts'
import { reusable } from './repository.ts'
import { onlyJob } from './rewrites.ts'
import { expectJobs, inOrder, jobOf, names, toldWhatFailed } from './expect.ts'
import { onSimulatedNodes, target, type ActWorld } from './world.ts'

/** The manual caller, three control plane nodes and two workers that may be out of service together; one of them fails. */
export async function manualCaller(tally: Tally, pages?: string): Promise<void> {
  const start = (folder: string): Promise<Simulation> =>
    Simulation.start({ folder, controlPlanes: 3, workers: 2 })
  await onSimulatedNodes(start, { maxUnavailable: 2, pages }, async (world, simulation) => {
    await dryRun(tally, world, simulation)
    await changedPlan(tally, world, simulation)
    const first = await oneFails(tally, world, simulation)
    if (first !== undefined) await runAgainAlone(tally, world, simulation, first)
    await nothingLeft(tally, world)
  })
}

async function dryRun(tally: Tally, world: ActWorld, simulation: Simulation): Promise<void> {
  await tally.check('a dry run: every phase but verify, and nothing is changed', async () => {
    const before = fingerprint(simulation)
    const run = await world.dispatch({ version: target, 'dry-run': 'true' })
    world.keep('dry-run', run)
    const jobs = ['plan', 'control-plane', 'workers w1', 'workers w2']
    expectJobs(run, Object.fromEntries(jobs.map((name) => [name, 'success'])))
    for (const name of jobs) equal(`result of ${name}`, jobOf(run, name).outputs['result'], 'planned')
    truthy("kubeadm's dry run on w2", jobOf(run, 'workers w2').summary.includes('kubeadm-dry-run'))
    equal('nodes and cluster', fingerprint(simulation), before)
  })
}

async function changedPlan(tally: Tally, world: ActWorld, simulation: Simulation): Promise<void> {
  await tally.check(
    'a control plane job with the digest of another plan stops, nothing touched',
    async () => {
      const before = fingerprint(simulation)
      const plan = { 'plan-digest': '0'.repeat(64), 'target-version': target }
      const run = await runOnly(world, 'control-plane', { plan }, {})
      expectJobs(run, { 'control-plane': 'failure' })
      equal('reason', jobOf(run, 'control-plane').outputs['failure-reason'], 'plan-changed')
      equal('result', jobOf(run, 'control-plane').outputs['result'], 'blocked')
      equal('nodes and cluster', fingerprint(simulation), before)
    },
  )
}

/** Runs one job alone, in place of the whole reusable workflow, as "Re-run job" does. */
export async function runOnly(
  world: ActWorld,
  job: string,
  outputs: Parameters<typeof onlyJob>[2],
  matrix: object,
  prefix: readonly string[] = [],
): Promise<ActRun> {
  const { repository } = world
  const whole = repository.read(reusable)
  repository.write(reusable, onlyJob(whole, job, outputs, matrix))
  try {
    return await world.dispatch({ version: target }, prefix, 2)
  } finally {
    repository.write(reusable, whole)
  }
}

async function oneFails(tally: Tally, world: ActWorld, simulation: Simulation): Promise<ActRun | undefined> {
  const inWork = new Set<string>()
  let together = 0
  // w1 goes on when w2 is in work too, which then fails: both can only be there if their jobs run side by side.
  const stop = simulation.onCommand(async ({ line, machine }) => {
    // A download that fails would be tried again for minutes.
    const installs = line.startsWith('apt-get install') && !line.includes('--download-only')
    if (!installs || machine.role !== 'worker') return undefined
    inWork.add(machine.name)
    for (let wait = 0; inWork.size < 2 && wait < 600; wait++)
      await new Promise((next) => setTimeout(next, 100))
    together = Math.max(together, inWork.size)
    return machine.name === 'w2' ? 100 : undefined
  })
  const run = await world.dispatch({ version: target })
  stop()
  world.keep('one-fails', run)
  await tally.check('plan, control plane, both workers side by side, verify; one worker fails', () => {
    expectJobs(run, {
      plan: 'success',
      'control-plane': 'success',
      'workers w1': 'success',
      'workers w2': 'failure',
      verify: 'failure',
    })
    equal('jobs of workers at once, as the plan says', jobOf(run, 'plan').outputs['max-parallel'], '2')
    equal('workers in work at once', together, 2)
    equal('exit code', run.code, 1)
    inOrder(run)
  })
  await tally.check('outputs say what each job did, summaries and artifacts are there', () => {
    toldWhatFailed(run, 3)
    truthy('full log of w2', world.artifact('workers-prod-w2', 'logs/w2.log') !== '')
  })
  return run
}

async function runAgainAlone(
  tally: Tally,
  world: ActWorld,
  simulation: Simulation,
  first: ActRun,
): Promise<void> {
  await tally.check('the job of the failed worker, run again alone, finishes the upgrade', async () => {
    const { outputs } = jobOf(first, 'plan')
    const run = await runOnly(world, 'workers', { plan: outputs }, { batch: 'w2', nodes: 'w2' })
    world.keep('again', run)
    expectJobs(run, { 'workers w2': 'success' })
    equal('w2', jobOf(run, 'workers w2').outputs['result'], 'upgraded')
    equal('the cluster', brokenInvariants(simulation, version(target)), [])
  })
}

async function nothingLeft(tally: Tally, world: ActWorld): Promise<void> {
  await tally.check('started once more: nothing to do, nobody would be asked, and the proof', async () => {
    const run = await world.dispatch({ version: target })
    world.keep('last', run)
    equal('jobs', names(run), ['plan', 'verify'])
    equal('plan', jobOf(run, 'plan').outputs['result'], 'unchanged')
    equal('verify', jobOf(run, 'verify').outputs['result'], 'unchanged')
    equal('exit code', run.code, 0)
  })
}
