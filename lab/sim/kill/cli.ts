/** `npm run test:kill`: an upgrade of simulated nodes is interrupted everywhere, and run again. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bundle } from '../action.ts'
import { inParts } from '../parallel.ts'
import { shuffled } from '../random/seed.ts'
import { findPoints, play, playBundle, type Outcome } from './play.ts'
import { parsePoint, pointName, type Point } from './points.ts'

const usage = `usage: npm run test:kill -- [options]

Upgrades three simulated control plane nodes and three workers. The runner is killed before and after every remote
command; every job is killed, and its node rebooted, at every moment between its changes. Each time the upgrade is run once
more: it has to end upgraded, with nothing done twice, cordoned, locked or out of service too much.

  --points N       so many points, drawn by the seed; default: all of them
  --seed N         default: another one each time
  --point NAME     this point only, such as reboot@w1#3; several are possible
  --bundle         with dist/index.js, SSH and real shells instead of in one process: 30 s a point
  --parallel N     default: as many as there are CPUs
  --logs FOLDER    where the logs of failed points go; default: .sim/kill
`

const { values } = parseArgs({
  options: {
    points: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    point: { type: 'string', multiple: true },
    bundle: { type: 'boolean', default: false },
    parallel: { type: 'string', default: String(availableParallelism()) },
    part: { type: 'string' },
    logs: { type: 'string', default: '.sim/kill' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else if (values.bundle && !existsSync(bundle)) throw new Error('dist/index.js is missing: npm run build')
else if (values.part !== undefined) await playPart(Number(values.part))
else await main()

/** The points of this call, in the same order in all of its processes. */
async function choose(): Promise<Point[]> {
  if (values.point !== undefined) return values.point.map(parsePoint)
  const all = shuffled(await findPoints(), Number(values.seed))
  return values.points === undefined ? all : all.slice(0, Number(values.points))
}

/** Every n-th point, told to the process that asked. */
async function playPart(part: number): Promise<void> {
  const points = (await choose()).filter((_point, at) => at % Number(values.parallel) === part)
  for (const point of points) process.send?.(await (values.bundle ? playBundle : play)(point))
}

async function main(): Promise<void> {
  const began = Date.now()
  const points = await choose()
  console.log(`seed ${values.seed}; ${points.length} points`)
  const outcomes: Outcome[] = []
  await inParts(Number(values.parallel), ['--seed', values.seed], (message) => {
    const outcome = message as Outcome
    outcomes.push(outcome)
    tell(outcome)
    if (outcomes.length % 100 === 0) console.log(`${outcomes.length} of ${points.length}`)
  })
  const failed = outcomes.filter(({ problems }) => problems.length > 0).length
  const missed = outcomes.filter(({ struck }) => struck === undefined).length
  const minutes = (Date.now() - began) / 60_000
  console.log(
    `${outcomes.length} points in ${minutes.toFixed(1)} min; ${missed} were not reached in their run`,
  )
  const lost = points.length - outcomes.length
  console.log(`${outcomes.length - failed} passed, ${failed + lost} failed`)
  process.exitCode = failed + lost === 0 ? 0 : 1
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
