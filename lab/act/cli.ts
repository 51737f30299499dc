/**
 * `npm run test:act [-- --workers N]`: the shipped workflows, run by act on this machine, against simulated nodes. What act
 * cannot do is replaced by one list (rewrites.ts). `--lab NAME`: instead, on a fresh real cluster of lab/cluster, as root.
 */
import { parseArgs } from 'node:util'
import { Tally } from '../test/scenario.ts'
import { manualCaller } from './manual.ts'
import { manyWorkers } from './many-workers.ts'
import { realCluster } from './real-cluster.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    lab: { type: 'string' },
    pages: { type: 'string', default: '.' },
    workers: { type: 'string', default: '600' },
    'max-unavailable': { type: 'string', default: '8' },
  },
})

const tally = new Tally()
const { lab } = values
const simulated: Readonly<Record<string, () => Promise<void>>> = {
  manual: () => manualCaller(tally),
  'many-workers': () => manyWorkers(tally, Number(values.workers), Number(values['max-unavailable'])),
}
const stories =
  lab === undefined ? simulated : { 'real-cluster': () => realCluster(tally, lab, values.pages) }
for (const [name, story] of Object.entries(stories)) {
  if (values.only !== undefined && values.only !== name) continue
  tally.say(`=== ${name}`)
  await story()
}
console.log(`${tally.passed} passed, ${tally.failures.length} failed`)
process.exit(tally.failures.length === 0 ? 0 : 1)
