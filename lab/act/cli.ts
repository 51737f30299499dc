/**
 * `npm run test:act [-- --workers N]`: the shipped workflows, run by act on this machine, against simulated nodes. What act
 * cannot do is replaced by one list (rewrites.ts). `--lab NAME`: instead, on a fresh real cluster of lab/cluster, as root.
 * `--pages FOLDER` keeps the summaries and reports of all jobs.
 */
import { parseArgs } from 'node:util'
import { Tally } from '../test/scenario.ts'
import { manualCaller } from './manual.ts'
import { manyWorkers } from './many-workers.ts'
import { newcomer } from './newcomer.ts'
import { realCluster } from './real-cluster.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    lab: { type: 'string' },
    pages: { type: 'string' },
    workers: { type: 'string', default: '600' },
    'max-unavailable': { type: 'string', default: '8' },
  },
})

const tally = new Tally()
const { lab, pages } = values
const simulated: Readonly<Record<string, () => Promise<void>>> = {
  newcomer: () => newcomer(tally),
  manual: () => manualCaller(tally, pages),
  'many-workers': () =>
    manyWorkers(tally, Number(values.workers), { maxUnavailable: Number(values['max-unavailable']), pages }),
}
const stories = lab === undefined ? simulated : { 'real-cluster': () => realCluster(tally, lab, pages) }
for (const [name, story] of Object.entries(stories)) {
  if (values.only !== undefined && values.only !== name) continue
  tally.say(`=== ${name}`)
  await story()
}
console.log(`${tally.passed} passed, ${tally.failures.length} failed`)
process.exit(tally.failures.length === 0 ? 0 : 1)
