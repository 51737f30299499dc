import { readFileSync } from 'node:fs'
import type { Lab } from '../../cluster/lab.ts'
import { runAction, type ActionResult } from '../action.ts'
import { equal, firstDifference } from '../check.ts'
import { fingerprint } from '../fingerprint.ts'
import type { Scenario, Tally } from '../scenario.ts'
import { clusterTraps, podsOfTrapsRun } from '../traps/cluster.ts'
import { controlPlaneTraps, damageIsGone, damageShows } from '../traps/control-plane.ts'
import { inputTraps } from '../traps/inventory.ts'
import { nodeTraps, schedulerFollows, schedulerIsBack } from '../traps/nodes.ts'
import type { Trap } from '../traps/trap.ts'

const version = 'v1.37.1'

/** What stands in the way of an upgrade, built on real nodes: the plan names it, and no longer when it is gone. */
export const traps: Scenario = {
  name: 'traps',
  about:
    'what is wrong with nodes and cluster is found by a plan that changes nothing, and is gone after it was undone',
  topology: 'default.yaml',
  offer: [version],
  minutes: 15,
  async run(lab, tally) {
    const usual = findingsOf(await runAction(lab, 'plan', { inputs: { version } }))
    tally.say(`without a trap: ${usual.join(', ')}`)
    for (const { name, trap, inputs, finds } of inputTraps)
      await tally.check(`found: ${name}`, async () => {
        await trap?.set(lab)
        const result = await runAction(lab, 'plan', { inputs: { version, ...inputs(lab) } })
        await trap?.undo(lab)
        equal('found', without(findingsOf(result), usual), finds.toSorted())
      })
    await group(lab, tally, 'nodes', nodeTraps, usual, schedulerFollows, schedulerIsBack)
    await group(lab, tally, 'cluster', clusterTraps, usual, podsOfTrapsRun)
    await group(lab, tally, 'control plane', controlPlaneTraps, usual, damageShows, damageIsGone)
  },
}

/** Sets all traps of a group, plans, and takes them away again. @param shows, gone wait for the cluster to notice */
async function group(
  lab: Lab,
  tally: Tally,
  name: string,
  all: readonly Trap[],
  usual: readonly string[],
  shows?: (lab: Lab) => Promise<void>,
  gone?: (lab: Lab) => Promise<void>,
): Promise<void> {
  const set: Trap[] = []
  for (const trap of all) {
    const isSet = await tally.check(`${name}: set for ${trap.finds.join(', ')}`, () => trap.set(lab))
    if (isSet) set.push(trap)
  }
  await tally.check(`${name}: the cluster shows it`, async () => shows?.(lab))
  await tally.check(`${name}: all of them are found, and nothing else`, async () => {
    const before = await fingerprint(lab)
    const result = await runAction(lab, 'plan', { inputs: { version } })
    const changed = firstDifference(before, await fingerprint(lab))
    const found = findingsOf(result)
    for (const line of without(found, usual)) tally.say(`  ${line}`)
    const expected = set.flatMap((trap) => trap.finds)
    equal('found', without(found, usual), expected.toSorted())
    equal('result', result.outputs['result'], 'blocked')
    equal('difference', changed, undefined)
  })
  await tally.check(`${name}: none is found after they were undone`, async () => {
    for (const trap of set.toReversed()) await trap.undo(lab)
    await gone?.(lab)
    const found = findingsOf(await runAction(lab, 'plan', { inputs: { version } }))
    equal('found', without(found, usual), [])
  })
}

interface PlanDocument {
  findings: { id: string; severity: string; node?: string; remedy: string }[]
}

/** `severity id node` of the plan, sorted. */
function findingsOf(result: ActionResult): string[] {
  const { findings } = JSON.parse(readFileSync(result.outputs['plan'] ?? '', 'utf8')) as PlanDocument
  return findings.map(({ id, severity, node = 'cluster' }) => `${severity} ${id} ${node}`).toSorted()
}

/** What a plan shows beyond what it shows of this cluster anyway, whatever the name of the node. */
function without(found: readonly string[], usual: readonly string[]): string[] {
  const kind = (line: string): string => line.replace(/ \S+$/, '')
  const kinds = new Set(usual.map(kind))
  return found.filter((line) => !kinds.has(kind(line)))
}
