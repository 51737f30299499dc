import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAction } from '../lab/sim/action.ts'
import type { Benchmark } from './benchmark.ts'
import { startRecorded } from './recorded/cluster.ts'
import type { Usage } from './usage.ts'

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
    const folder = join(cluster.folder, 'step')
    const usageFile = join(cluster.folder, 'usage.json')
    // The runner's own file: a variable of a process holds 128 KiB at most, which are a thousand hosts.
    mkdirSync(join(folder, '.ssh'), { recursive: true })
    cpSync(join(cluster.folder, 'known_hosts'), join(folder, '.ssh/known_hosts'))
    const began = performance.now()
    const result = await runAction({
      folder,
      workspace: cluster.folder,
      inputs: {
        phase: 'plan',
        inventory: 'inventory.yaml',
        version: 'v1.37.1',
        'ssh-private-key': cluster.read('id_ed25519'),
        'max-unavailable': '5%',
        'dry-run': 'false',
      },
      env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'usage.ts')}`, BENCH_USAGE: usageFile },
    })
    const seconds = (performance.now() - began) / 1000
    const { cpu, memory } = JSON.parse(readFileSync(usageFile, 'utf8')) as Usage
    const outcome = result.outputs['result'] ?? ''
    if (outcome !== 'planned')
      throw new Error(`the plan of ${count} nodes ended with ${outcome}:\n${result.log.slice(-3000)}`)
    const kib = Math.round(result.summary.length / 1024)
    return [count, delay, seconds, cpu, (cpu * 1000) / count, Math.round(memory / 1e6), kib, outcome]
  } finally {
    cluster.stop()
  }
}
