import type { Benchmark } from './benchmark.ts'
import { runPhase } from './phase.ts'
import { startRecorded } from './recorded/cluster.ts'

/** The plan of clusters of all sizes. The nodes answer from recordings: what counts is the action's own process. */
export const plan: Benchmark = {
  name: 'plan',
  about: 'Phase `plan` of `dist/index.js`, 1.36.4 to 1.37.1, at 0 and 20 ms of latency.',
  async run({ nodes, say }) {
    const rows = []
    for (const count of nodes)
      for (const delay of [0, 20]) {
        say(`plan of ${count} nodes at ${delay} ms`)
        rows.push(await once(count, delay))
      }
    return {
      columns: [
        'nodes',
        'latency ms',
        'seconds',
        'CPU s',
        'CPU ms a node',
        'memory MB',
        'summary KiB',
        'result',
      ],
      rows,
      curves: [
        { title: 'Plan at 20 ms: CPU of the process', y: 'CPU ms a node', rows: ([, delay]) => delay === 20 },
        { title: 'Plan at 20 ms: memory of the process', y: 'memory MB', rows: ([, delay]) => delay === 20 },
      ],
      notes: [
        'The simulated cluster, in a process of its own, shares the cores and decrypts its half of every connection.',
      ],
    }
  },
}

async function once(count: number, delay: number): Promise<(string | number)[]> {
  const cluster = await startRecorded(count, delay)
  try {
    const { seconds, usage, result } = await runPhase(cluster, 'plan', 'v1.37.1', 'planned')
    const kib = Math.round(result.summary.length / 1024)
    const { cpu, memory } = usage
    return [count, delay, seconds, cpu, (cpu * 1000) / count, Math.round(memory / 1e6), kib, 'planned']
  } finally {
    cluster.stop()
  }
}
