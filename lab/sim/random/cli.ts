/** `npm run test:random`: upgrades of simulated nodes in which several things go wrong at random times. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../action.ts'
import { inParts } from '../parallel.ts'
import { measurePace } from './bundle.ts'
import { playBundle, playScenario, type RandomOutcome } from './play.ts'
import { scenarioOf } from './scenario.ts'

const usage = `usage: npm run test:random -- [options]

Upgrades simulated clusters while runners are killed and cancelled, a second one starts, machines reboot, connections
break, apt is locked, images cannot be pulled, API servers, etcd members and kubelets fail, and budgets block: up to four
of these a run, each at a random time. Then the upgrade is run again until nothing is left: at most three times. Every
cluster has to end upgraded, with no rule of the cluster broken on the way. A seed always gives the same run.

  --seed N         the first seed; default: another one each time
  --runs N         so many, with the seeds that follow; default: 100
  --bundle         with dist/index.js, SSH and real shells instead of in one process: a minute or two a run; a seed gives
                   the same faults, and what they meet may differ
  --parallel N     default: as many as there are CPUs
  --logs FOLDER    where the logs of failed runs go; default: .sim/random
  --log            prints the log of every run
`

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    runs: { type: 'string', default: '100' },
    bundle: { type: 'boolean', default: false },
    parallel: { type: 'string', default: String(availableParallelism()) },
    part: { type: 'string' },
    logs: { type: 'string', default: '.sim/random' },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else if (values.bundle && !existsSync(bundle)) throw new Error('dist/index.js is missing: npm run build')
else if (values.part !== undefined) await playPart(Number(values.part))
else await main()

async function playPart(part: number): Promise<void> {
  const pace = values.bundle ? await measurePace() : 0
  for (let at = part; at < Number(values.runs); at += Number(values.parallel)) {
    const scenario = scenarioOf(Number(values.seed) + at)
    process.send?.(await (values.bundle ? playBundle(scenario, pace) : playScenario(scenario)))
  }
}

async function main(): Promise<void> {
  const began = Date.now()
  const progress = values.bundle ? 10 : 100
  console.log(`seeds from ${values.seed}, ${values.runs} runs`)
  const results = new Map<string, number>()
  let played = 0
  let failed = 0
  await inParts(Number(values.parallel), ['--seed', values.seed], (message) => {
    const outcome = message as RandomOutcome
    played++
    for (const result of outcome.results) results.set(result, (results.get(result) ?? 0) + 1)
    if (outcome.problems.length > 0) failed++
    tell(outcome)
    if (played % progress === 0) console.log(`${played} of ${values.runs}`)
  })
  const lost = Number(values.runs) - played
  const ends = [...results].toSorted((a, b) => b[1] - a[1]).map(([result, count]) => `${result} ${count}`)
  console.log(
    `${played} in ${((Date.now() - began) / 60_000).toFixed(1)} min; runs ended: ${ends.join(', ')}`,
  )
  console.log(`${played - failed} passed, ${failed + lost} failed`)
  process.exitCode = failed + lost === 0 ? 0 : 1
}

function tell({ seed, text, problems, results, log }: RandomOutcome): void {
  if (values.log) console.log(log)
  if (problems.length === 0) return
  mkdirSync(values.logs, { recursive: true })
  const file = join(values.logs, `${seed}.log`)
  writeFileSync(file, `${text}\n\n${log}`)
  console.log(`FAILED  ${text}\n        runs: ${results.join(', ')}; log in ${file}`)
  for (const problem of problems) console.log(`        ${problem}`)
}
