import { brokenInvariants } from '../sim/kill/invariants.ts'
import { version } from '../sim/model/releases.ts'
import { equal, truthy } from '../test/check.ts'
import type { Tally } from '../test/scenario.ts'
import { jobOf, onSimulatedNodes, target } from './world.ts'

/** More workers than a matrix may have jobs. */
export async function manyWorkers(tally: Tally, workers: number, maxUnavailable: number): Promise<void> {
  await onSimulatedNodes({ controlPlanes: 1, workers }, async (world, simulation) => {
    simulation.cluster.maxUnavailable = maxUnavailable
    world.repository.edit('manual.yml', { 'max-unavailable': String(maxUnavailable) })
    world.repository.commit('Copy the example')
    const run = await world.dispatch({ version: target })
    const jobs = run.jobs.filter(({ id }) => id === 'workers')
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
      const bytes = Buffer.byteLength(world.artifact('verify-prod', 'summary.md'))
      truthy(`the summary has ${bytes} bytes`, bytes > 0 && bytes < 1024 * 1024)
    })
  })
}
