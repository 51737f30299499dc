/** `npm run test:lab [-- --only NAME] [--minutes N] [--seed N] [--lab NAME] [--keep]`: scenarios on a real cluster. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { down, openLab, prepare, readTopology, up, type Topology } from '../cluster/lab.ts'
import { Tally, type Scenario } from './scenario.ts'
import { changesNothing } from './scenarios/changes-nothing.ts'
import { interruptions, interruptionsOfFive } from './scenarios/interruptions.ts'
import { minorUpgrade } from './scenarios/minor-upgrade.ts'
import { mixedNodes } from './scenarios/mixed-nodes.ts'
import { patchUpgrade } from './scenarios/patch-upgrade.ts'
import { recoverMembers } from './scenarios/recover-members.ts'
import { recover } from './scenarios/recover.ts'
import { severalMinors } from './scenarios/several-minors.ts'
import { variedNodes } from './scenarios/varied-nodes.ts'
import { traps } from './scenarios/traps.ts'

/** Always first. */
const main: readonly Scenario[] = [minorUpgrade, patchUpgrade]
/** Drawn by the seed, as many as are expected to end in time. */
const others: readonly Scenario[] = [changesNothing]
/** Played when they are named: they build more versions or node images, take longest, or were not seen to pass often enough. */
const named: readonly Scenario[] = [
  severalMinors,
  mixedNodes,
  variedNodes,
  traps,
  recover,
  recoverMembers,
  interruptions,
  interruptionsOfFive,
]

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    minutes: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    keep: { type: 'boolean', default: false },
    // Two runs with different names do not disturb each other.
    lab: { type: 'string', default: 'test' },
  },
})

const seed = Number(values.seed)
const tally = new Tally()
const began = Date.now()
tally.say(`seed ${seed}; no scenario is started that is expected to end after minute ${values.minutes}`)

const notRun: string[] = []
await tally.check('everything that the scenarios install is built', prepareAll)
for (const scenario of chosen()) {
  const minute = (Date.now() - began) / 60_000
  // What was asked for by name is played, whatever it takes.
  const inTime = values.only !== undefined || minute + scenario.minutes <= Number(values.minutes)
  if (!inTime) notRun.push(scenario.name)
  else await play(scenario)
}
if (notRun.length > 0) tally.say(`not run for lack of time: ${notRun.join(', ')}`)
for (const name of tally.failures) tally.say(`failed: ${name}`)
console.log(`${tally.passed} passed, ${tally.failures.length} failed`)
process.exit(tally.failures.length === 0 ? 0 : 1)

function chosen(): Scenario[] {
  if (values.only === undefined) return [...main, ...shuffled(others)]
  return [...main, ...others, ...named].filter((scenario) => scenario.name === values.only)
}

/** All versions at once: what they have in common is compiled once, which saves eight minutes where nothing is cached. */
async function prepareAll(): Promise<void> {
  const topologies = await Promise.all(main.map(topologyOf))
  await prepare([...new Set(topologies.flatMap(({ version, offered }) => [version, ...offered]))])
}

async function topologyOf({ topology, version, offer }: Scenario): Promise<Topology> {
  const file = join(import.meta.dirname, '../cluster/topologies', topology)
  return { ...(await readTopology(file, version)), offered: [...offer] }
}

/** The others in an order that the seed decides (mulberry32, so that a seed gives the same order everywhere). */
function shuffled(list: readonly Scenario[]): Scenario[] {
  let state = seed
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return list
    .map((scenario) => ({ scenario, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ scenario }) => scenario)
}

/** Brings the scenario's own lab up fresh, plays it, and takes the lab down. */
async function play(scenario: Scenario): Promise<void> {
  tally.say(`=== ${scenario.name}: ${scenario.about}`)
  const name = `${values.lab}-${scenario.topology.replace(/\.yaml$/, '')}`
  try {
    const ready = await tally.check(`${scenario.name}: the lab is up`, async () => {
      // What a killed run left is no fresh cluster.
      await down(name, true)
      await up(name, await topologyOf(scenario))
    })
    if (ready) await scenario.run(openLab(name), tally)
  } catch (error) {
    tally.failures.push(scenario.name)
    tally.say(
      `FAILED  ${scenario.name} broke off: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
    )
  } finally {
    if (!values.keep) await down(name, true)
  }
}
