import type { Benchmark } from './benchmark.ts'
import { actionFacts } from './facts.ts'
import { runPhase } from './phase.ts'
import { startRecorded } from './recorded/cluster.ts'
import { summarise } from './table.ts'

/** An upgrade that is finished, run again: one look at every node, against that look alone. */
export const secondRun: Benchmark = {
  name: 'second-run',
  about:
    'Phase `upgrade` of `dist/index.js` on a cluster that has the version, at 20 ms of latency, against the facts of all nodes alone.',
  async run({ nodes, repeat, say }) {
    const rows = []
    for (const count of nodes) {
      say(`second run with ${count} nodes`)
      rows.push(await compare(count, count > 100 ? 1 : repeat))
    }
    return { columns: ['nodes', 'seconds', '±', 'facts: seconds', '±', 'second run / facts'], rows }
  },
}

async function compare(count: number, repeat: number): Promise<number[]> {
  const cluster = await startRecorded(count, 20)
  try {
    const whole: number[] = []
    const facts: number[] = []
    for (let round = 0; round < repeat; round++) {
      facts.push((await actionFacts(cluster)).seconds)
      whole.push((await runPhase(cluster, 'upgrade', 'v1.36.4', 'unchanged')).seconds)
    }
    const [mine, look] = [summarise(whole), summarise(facts)]
    return [count, mine.median, mine.spread, look.median, look.spread, mine.median / look.median]
  } finally {
    cluster.stop()
  }
}
