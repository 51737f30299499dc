/** `npm run test:kill`: an upgrade of simulated nodes is interrupted everywhere, and run again. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pLimit from 'p-limit'
import { bundle } from '../action.ts'
import { findPoints, play, type Outcome } from './play.ts'
import { parsePoint, pointName, type Point } from './points.ts'

const usage = `usage: npm run test:kill -- [options]

Upgrades three simulated control plane nodes and three workers with dist/index.js. The runner is killed before and after
every remote command; every job is killed, and its node rebooted, at every moment between its changes. Each time the
upgrade is run once more: it has to end upgraded, with nothing done twice, cordoned, locked or out of service too much.

  --minutes N      as many points as fit, drawn by the seed; default: all of them
  --seed N         default: another one each time
  --point NAME     this point only, such as reboot@w1#3; several are possible
  --parallel N     default: 2
  --logs FOLDER    where the logs of failed points go; default: .sim/kill
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    point: { type: 'string', multiple: true },
    parallel: { type: 'string', default: '2' },
    logs: { type: 'string', default: '.sim/kill' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else if (!existsSync(bundle)) throw new Error('dist/index.js is missing: npm run build')
else await main()

async function main(): Promise<void> {
  const began = Date.now()
  const points = values.point?.map(parsePoint) ?? shuffled(await findPoints())
  const until = began + Number(values.minutes ?? Infinity) * 60_000
  console.log(`seed ${values.seed}; ${points.length} points`)
  const limit = pLimit(Number(values.parallel))
  const outcomes: Outcome[] = []
  await Promise.all(
    points.map((point) =>
      limit(async () => {
        if (Date.now() >= until) return
        const outcome = await play(point)
        outcomes.push(outcome)
        tell(outcome)
      }),
    ),
  )
  const failed = outcomes.filter(({ problems }) => problems.length > 0)
  const missed = outcomes.filter(({ struck }) => struck === undefined).length
  const minutes = (Date.now() - began) / 60_000
  console.log(
    `${outcomes.length} of ${points.length} points in ${minutes.toFixed(1)} min; ${missed} were not reached in their run`,
  )
  console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`)
  process.exitCode = failed.length === 0 && outcomes.length > 0 ? 0 : 1
}

function tell({ point, struck, problems, log }: Outcome): void {
  if (problems.length === 0) return
  const name = pointName(point)
  mkdirSync(values.logs, { recursive: true })
  const file = join(values.logs, `${name}.log`)
  writeFileSync(file, log)
  console.log(`FAILED  ${name} (${struck ?? 'not reached'}), log in ${file}`)
  for (const problem of problems) console.log(`        ${problem}`)
}

/** In an order that the seed decides (mulberry32). */
function shuffled(points: readonly Point[]): Point[] {
  let state = Number(values.seed)
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return points
    .map((point) => ({ point, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ point }) => point)
}
