import { brokenInvariants } from '../sim/kill/invariants.ts'
import { version } from '../sim/model/releases.ts'
import { equal, truthy } from '../test/check.ts'
import type { Tally } from '../test/scenario.ts'
import { SimulationBehindSsh } from '../sim/virtual/behind-ssh.ts'
import type { JobRun } from './act.ts'
import { jobOf } from './expect.ts'
import { onSimulatedNodes, target, type StoryOptions } from './world.ts'

/** More workers than a matrix may have jobs. */
export async function manyWorkers(
  tally: Tally,
  workers: number,
  { maxUnavailable, pages }: StoryOptions,
): Promise<void> {
  const start = (folder: string): Promise<SimulationBehindSsh> =>
    SimulationBehindSsh.start({ folder, controlPlanes: 1, workers, timeScale: 0.05 })
  await onSimulatedNodes(start, { maxUnavailable, pages }, async (world, simulation) => {
    const run = await world.dispatch({ version: target })
    world.keep('many-workers', run)
    const jobs = run.jobs.filter(({ id }) => id === 'workers')
    for (const line of firstErrors(run.jobs)) tally.say(line)
    await tally.check(`${workers} workers in ${jobs.length} jobs, at most 256, all successful`, () => {
      equal('exit code', run.code, 0)
      truthy('at most 256 jobs', jobs.length <= 256 && jobs.length > 1)
      equal(
        'jobs that did not succeed',
        run.jobs.filter(({ result }) => result !== 'success').map(({ matrix }) => matrix),
        [],
      )
    })
    await tally.check(`all are upgraded, and never more than ${maxUnavailable} were out of service`, () => {
      equal('the cluster', brokenInvariants(simulation, version(target)), [])
    })
    await tally.check('one report of the whole cluster, and a summary of it that GitHub takes', () => {
      equal('verify', jobOf(run, 'verify').outputs['result'], 'unchanged')
      const report = JSON.parse(world.artifact('verify-prod', 'report-verify.json')) as { nodes: unknown[] }
      equal('nodes in the report', report.nodes.length, workers + 1)
      const bytes = Buffer.byteLength(jobOf(run, 'verify').summary)
      truthy(`the summary has ${bytes} bytes`, bytes > 0 && bytes < 1024 * 1024)
    })
  })
}

/** What the first jobs that failed said, but for those that only stopped because of another one. */
function firstErrors(jobs: readonly JobRun[]): string[] {
  const failed = jobs.filter(({ failed }) => failed).toSorted((a, b) => a.endedAt - b.endedAt)
  const said = failed.map(({ id, matrix, log }) => {
    const errors = log.filter((line) => line.includes('::error') && !line.includes('failure-budget-exceeded'))
    return errors.map((line) => `${id} ${Object.values(matrix).join(' ')}: ${line.trim()}`)
  })
  return said.flat().slice(0, 10)
}
