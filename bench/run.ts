/** `npm run bench [-- --only NAME] [--nodes 10,100] [--repeat N]`: prints a table each, and writes it to .bench/NAME.md and .json. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { charts } from './charts.ts'
import { factsAnsible } from './facts-ansible.ts'
import { facts } from './facts.ts'
import { overhead } from './overhead.ts'
import { plan } from './plan.ts'
import { secondRun } from './second-run.ts'
import { startUp } from './start-up.ts'
import { table } from './table.ts'
import { upgrade } from './upgrade.ts'
import { workers } from './workers.ts'

const benchmarks: readonly Benchmark[] = [
  startUp,
  facts,
  factsAnsible,
  plan,
  secondRun,
  workers,
  overhead,
  upgrade,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    nodes: { type: 'string', default: '10,100,1000,5000' },
    repeat: { type: 'string' },
    contestants: { type: 'string' },
    throttle: { type: 'string', default: '0' },
  },
})

const chosen = benchmarks.filter(({ name, root }) =>
  values.only === undefined ? root === undefined : values.only === name,
)
if (chosen.length === 0) {
  console.error(
    `There is no benchmark ${values.only ?? ''}: ${benchmarks.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
const folder = join(import.meta.dirname, '../.bench')
mkdirSync(folder, { recursive: true })
const machine = {
  cpu: cpus()[0]?.model ?? '',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
}
console.log(`${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}`)
for (const { name, about, root, run } of chosen) {
  console.log(`\n## ${name}\n\n${about}\n`)
  const outcome = await run({
    nodes: values.nodes.split(',').map(Number),
    repeat: Number(values.repeat ?? (root === undefined ? 5 : 1)),
    contestants: values.contestants?.split(';'),
    bytesPerSecond: Number(values.throttle),
    say: (text) => console.error(text),
  })
  const date = new Date().toISOString()
  const text = [table(outcome.columns, outcome.rows), ...(outcome.notes ?? [])].join('\n\n')
  console.log(text)
  const file = Number(values.throttle) > 0 ? `${name}-throttled` : name
  const write = (extension: string, content: string): void =>
    writeFileSync(join(folder, `${file}.${extension}`), `${content}\n`)
  write('json', JSON.stringify({ name, date, machine, ...outcome }, null, 2))
  write('md', [about, text, ...charts(outcome), `Measured ${date.slice(0, 10)}.`].join('\n\n'))
}
process.exit()
