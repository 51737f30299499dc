import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import type { Benchmark } from './benchmark.ts'
import { writeFactsScript } from './facts-script.ts'
import { startRecorded, type RecordedCluster } from './recorded/cluster.ts'
import { summarise } from './table.ts'
import type { Usage } from './usage.ts'

const parallel = 32

/** The look at every node, as the plan begins, against OpenSSH with the same script. */
export const facts: Benchmark = {
  name: 'facts',
  about: `The facts of every node, one round trip each: the action's own code, and the same script through \`ssh\`, ${parallel} at a time.`,
  async run({ nodes, repeat, say }) {
    const rows = []
    for (const count of nodes)
      for (const delay of [0, 20]) {
        say(`facts of ${count} nodes at ${delay} ms`)
        rows.push(await compare(count, delay, count > 100 ? 1 : repeat))
      }
    return {
      columns: [
        'nodes',
        'latency ms',
        'seconds',
        '±',
        'CPU ms a node',
        'memory MB',
        'ssh: seconds',
        '±',
        'action / ssh',
      ],
      rows,
      curves: [
        {
          title: 'Facts at 20 ms: CPU of the process',
          y: 'CPU ms a node',
          rows: ([, delay]) => delay === 20,
        },
        { title: 'Facts at 20 ms: memory of the process', y: 'memory MB', rows: ([, delay]) => delay === 20 },
      ],
    }
  },
}

async function compare(count: number, delay: number, repeat: number): Promise<number[]> {
  const cluster = await startRecorded(count, delay)
  try {
    const ours: { seconds: number; usage: Usage }[] = []
    const theirs: number[] = []
    for (let round = 0; round < repeat; round++) {
      ours.push(await actionFacts(cluster))
      theirs.push(await openSsh(cluster))
    }
    const mine = summarise(ours.map(({ seconds }) => seconds))
    const other = summarise(theirs)
    const cpu = summarise(ours.map(({ usage }) => usage.cpu)).median
    const memory = Math.round(Math.max(...ours.map(({ usage }) => usage.memory)) / 1e6)
    return [
      count,
      delay,
      mine.median,
      mine.spread,
      (cpu * 1000) / count,
      memory,
      other.median,
      other.spread,
      mine.median / other.median,
    ]
  } finally {
    cluster.stop()
  }
}

/** The action's own look at every node, in a process of its own. */
export async function actionFacts(cluster: RecordedCluster): Promise<{ seconds: number; usage: Usage }> {
  const usageFile = join(cluster.folder, 'usage.json')
  const args = [
    `--import=${join(import.meta.dirname, 'usage.ts')}`,
    join(import.meta.dirname, 'facts-reader.ts'),
    cluster.folder,
  ]
  const env = { ...process.env, BENCH_USAGE: usageFile }
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const { seconds } = JSON.parse(stdout) as { seconds: number }
  return { seconds, usage: JSON.parse(readFileSync(usageFile, 'utf8')) as Usage }
}

/** The same script through one ssh process a node. */
async function openSsh(cluster: RecordedCluster): Promise<number> {
  const { nodes } = parse(cluster.read('inventory.yaml')) as { nodes: { host: string; port: number }[] }
  const list = nodes.map(({ host, port }) => `${host} ${port}\n`).join('')
  writeFileSync(join(cluster.folder, 'addresses'), list)
  writeFactsScript(join(cluster.folder, 'facts.sh'))
  const script = join(import.meta.dirname, 'contestants/facts.sh')
  const began = performance.now()
  await promisify(execFile)('sh', [script, cluster.folder, String(parallel)])
  return (performance.now() - began) / 1000
}
