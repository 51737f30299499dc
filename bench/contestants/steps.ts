/**
 * `node steps.ts FOLDER`: on one node after the other the facts and twelve steps that take no time, by the action's own code:
 * six scripts, and six jobs that run detached, as everything does that changes a node.
 */
import { systemClock } from '../../src/clock.ts'
import { readFacts } from '../../src/node/facts.ts'
import { runJob } from '../../src/ssh/jobs.ts'
import type { Script } from '../../src/ssh/remote.ts'
import { remotesOf } from '../nodes.ts'

const [folder = ''] = process.argv.slice(2)
const script: Script = { name: 'nothing.sh', text: 'true' }
for (const remote of remotesOf(folder)) {
  await readFacts(remote)
  for (let step = 1; step <= 6; step++) {
    const { code } = await remote.run(script)
    const job = await runJob(
      remote,
      { purpose: `step-${step}`, script, timeout: 60_000 },
      { clock: systemClock },
    )
    if (code !== 0 || job.code !== 0) throw new Error(`step ${step} failed on ${remote.node}`)
  }
}
process.exit()
