import { beforeAll, describe, expect, test } from '@jest/globals'
import { summary } from '../../src/report/summary.ts'
import { cameTo, reportOf, target, World } from './world.ts'

type Inputs = Readonly<Record<string, string>>

let world: World
let digest: string
beforeAll(async () => {
  world = new World({ controlPlanes: 3, workers: 2 })
  digest = await digestOf()
})

/** The digest of a plan made now. */
async function digestOf(inputs: Inputs = {}): Promise<string> {
  const { plan } = reportOf(await world.run('plan', inputs))
  expect(plan?.digest).toMatch(/^[0-9a-f]{64}$/)
  return plan?.digest ?? ''
}

describe('the digest is the same', () => {
  test('in a second plan', async () => expect(await digestOf()).toBe(digest))

  test('after a node was restarted', async () => {
    world.simulation.reboot('w1')
    world.simulation.reboot('cp2')
    await world.pass(120)
    expect(await digestOf()).toBe(digest)
  })

  test('whether kubeadm is let make its Job or not is a decision, what it says is none', async () => {
    const stop = world.simulation.onCommand((call) => {
      if (!call.line.startsWith('kubeadm upgrade diff')) return undefined
      call.err('error: something new')
      return 1
    })
    expect(await digestOf()).toBe(digest)
    stop()
  })
})

describe('the digest is another one', () => {
  test.each<[string, Inputs]>([
    ['for another version', { version: 'v1.37.2' }],
    ['for another max-unavailable', { 'max-unavailable': '2' }],
    ['for another policy', { policy: 'drain:\n  gracePeriod: 30s' }],
    ['for another accepted finding', { policy: "findings:\n  accept: [{id: swap, reason: 'known'}]" }],
    ['for another order of workers', { policy: 'workers:\n  order: [{node: w2}]' }],
  ])('%s', async (_name, inputs) => expect(await digestOf(inputs)).not.toBe(digest))

  test('for other nodes, and for another order of them', async () => {
    const without = await digestOf({ inventory: world.inventory((nodes) => nodes.slice(0, -1)) })
    const reordered = await digestOf({
      inventory: world.inventory((nodes) => [...nodes.slice(0, 3), ...nodes.slice(3).toReversed()]),
    })
    expect(new Set([digest, without, reordered]).size).toBe(3)
    expect(await digestOf()).toBe(digest)
  })
})

test('a later phase whose plan is another one shows every decision with its hash, as the plan does', async () => {
  const planned = summary(reportOf(await world.run('plan')))
  const result = await world.run('control-plane', { 'plan-digest': digest, 'max-unavailable': '2' })
  const words = cameTo(result)
  expect(words).toMatch(/^plan-changed: /)
  const hash = (text: string, name: string): string | undefined =>
    new RegExp(`([0-9a-f]{8})\\W+${name}`).exec(text)?.[1]
  for (const [name, same] of [
    ['target version', true],
    ['nodes with their roles', true],
    ['max-unavailable', false],
  ] as const) {
    const [approved, now] = [hash(planned, name), hash(words, name)]
    expect({ name, approved, now }).toEqual({ name, approved: expect.any(String), now: expect.any(String) })
    expect({ name, same: approved === now }).toEqual({ name, same })
  }
})

// From here on the cluster is upgraded.
test('the digest stays whenever the runner is killed on the way, and at the end', async () => {
  const approved = { 'plan-digest': digest }
  /** Kills the runner at the first command of the phase that has this word. */
  const killed = async (phase: string, word: string): Promise<void> => {
    const running = world.begin(phase, approved)
    const stop = world.simulation.onCommand((call) => {
      if (call.args.includes(word)) running.kill()
      return undefined
    })
    const { report, log } = await world.until(running.ended)
    stop()
    expect({ word, log: report === undefined ? '' : log }).toEqual({ word, log: '' })
    await world.pass(300)
    expect({ word, digest: await digestOf() }).toEqual({ word, digest })
  }
  const finished = async (phase: string): Promise<void> => {
    expect(cameTo(await world.run(phase, approved))).toBe('upgraded')
    expect(await digestOf({ version: target })).toBe(digest)
  }
  for (const word of ['--download-only', 'apply', 'node']) await killed('control-plane', word)
  await finished('control-plane')
  await killed('workers', 'drain')
  await finished('workers')
})
