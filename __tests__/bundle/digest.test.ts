import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { apiServerReady } from '../../lab/sim/model/control-plane.ts'
import { errorsOf, target, World, type Inputs } from './run-action.ts'

// A plan takes longer where much else runs.
jest.setTimeout(180_000)

let world: World
let digest: string
beforeAll(async () => {
  world = await World.start({ controlPlanes: 2, workers: 2 })
  digest = await digestOf()
})
afterAll(() => world.end())

/** The digest of a plan made now. */
async function digestOf(inputs: Inputs = {}): Promise<string> {
  const { outputs } = await world.run('plan', inputs)
  expect(outputs['plan-digest']).toMatch(/^[0-9a-f]{64}$/)
  return outputs['plan-digest'] ?? ''
}

/** Waits until every API server of the simulated cluster answers again. */
async function serving(): Promise<void> {
  const { cluster } = world.simulation
  const all = (): boolean => {
    cluster.settle()
    return cluster.controlPlanes.every((machine) => apiServerReady(cluster, machine))
  }
  while (!all()) await new Promise((resolve) => setTimeout(resolve, 50))
}

/** A policy file's text with the sim's own settings and more. */
const policy = (more = ''): string => `timeouts: {settle: 0s, lock: 4s}\n${more}\n`

describe('the digest is the same', () => {
  test('in a second plan', async () => expect(await digestOf()).toBe(digest))

  test('after a node was restarted', async () => {
    world.simulation.reboot('w1')
    world.simulation.reboot('cp2')
    await serving()
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
    ['for another policy', { policy: policy('drain: {gracePeriod: 30s}') }],
    ['for another accepted finding', { policy: policy("findings: {accept: [{id: swap, reason: 'known'}]}") }],
    ['for another order of workers', { policy: policy('workers: {order: [{node: w2}]}') }],
  ])('%s', async (_name, inputs) => expect(await digestOf(inputs)).not.toBe(digest))

  test('for other nodes, and for another order of them', async () => {
    const w2 = / {2}- name: w2\n(?: {4}.*\n)+/
    world.editInventory((text) => text.replace(w2, ''))
    const without = await digestOf()
    world.editInventory((text) => {
      const entry = w2.exec(text)?.[0] ?? ''
      return text.replace(w2, '').replace(/ {2}- name: w1\n/, `${entry}$&`)
    })
    const reordered = await digestOf()
    world.editInventory((text) => text)
    expect(new Set([digest, without, reordered]).size).toBe(3)
    expect(await digestOf()).toBe(digest)
  })
})

describe('a later phase whose plan is another one', () => {
  test('says in words what differs when the approved plan is at hand', async () => {
    const folder = join(world.simulation.folder, 'same-job')
    await world.run('plan', {}, { folder })
    const result = await world.run(
      'control-plane',
      { 'plan-digest': digest, 'max-unavailable': '2', policy: policy('drain: {onPatch: false}') },
      { folder },
    )
    expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'plan-changed' })
    const [error = ''] = errorsOf(result)
    expect(error).toContain('max-unavailable: approved was 1, now it is 2.')
    expect(error).toContain('Policy drain.onPatch: approved was true, now it is false.')
  })

  test('does not believe a plan at hand whose decisions have not the approved digest', async () => {
    const folder = join(world.simulation.folder, 'another-job')
    await world.run('plan', { 'max-unavailable': '2' }, { folder })
    const result = await world.run('workers', { 'plan-digest': digest, version: 'v1.37.2' }, { folder })
    expect(result.outputs['failure-reason']).toBe('plan-changed')
    expect(errorsOf(result).join('\n')).not.toContain('approved was')
  })

  test('else shows every decision with its hash, as the plan does', async () => {
    const planned = await world.run('plan')
    const result = await world.run('control-plane', { 'plan-digest': digest, 'max-unavailable': '2' })
    expect(result.outputs['failure-reason']).toBe('plan-changed')
    const hash = (text: string, name: string): string | undefined =>
      new RegExp(`([0-9a-f]{8})\\W+${name}`).exec(text)?.[1]
    for (const [name, same] of [
      ['target version', true],
      ['nodes with their roles', true],
      ['max-unavailable', false],
    ] as const) {
      const [approved, now] = [hash(planned.summary, name), hash(result.log, name)]
      expect({ name, approved, now }).toEqual({ name, approved: expect.any(String), now: expect.any(String) })
      expect({ name, same: approved === now }).toEqual({ name, same })
    }
  })
})

// From here on the cluster is upgraded.
test('the digest stays whenever the runner is killed on the way, and at the end', async () => {
  const approved = { 'plan-digest': digest }
  /** Kills the runner at the first command of the phase that has this word. */
  const killed = async (phase: string, word: string): Promise<void> => {
    const running = world.begin(phase, approved)
    const stop = world.simulation.onCommand((call) => {
      if (call.args.includes(word)) running.process.kill('SIGKILL')
      return undefined
    })
    const { signal, log } = await running.ended
    stop()
    expect({ word, signal, log: signal === null ? log : '' }).toEqual({ word, signal: 'SIGKILL', log: '' })
    await serving()
    expect({ word, digest: await digestOf() }).toEqual({ word, digest })
  }
  const finished = async (phase: string): Promise<void> => {
    expect({ phase, errors: errorsOf(await world.run(phase, approved)) }).toEqual({ phase, errors: [] })
    expect(await digestOf({ version: target })).toBe(digest)
  }
  for (const word of ['--download-only', 'apply', 'node']) await killed('control-plane', word)
  await finished('control-plane')
  await killed('workers', 'drain')
  await finished('workers')
}, 300_000)
