import { beforeEach, expect, test } from '@jest/globals'
import { summary } from '../../src/report/summary.ts'
import { cameTo, reportOf, target, World } from './world.ts'

// The web service runs on two workers; its budget allows none of its two pods to go.
let world: World
beforeEach(async () => {
  world = new World({ controlPlanes: 1, workers: 3 })
  expect(cameTo(await world.run('control-plane'))).toBe('upgraded')
  world.webNeeds(2)
})

const policy = (onBlocked: string) => ({ policy: `drain:\n  onBlocked: ${onBlocked}\n  timeout: 5m\n` })

test('a job whose only worker was skipped does not say that it is at the version', async () => {
  const [name = ''] = world.withWeb
  const result = await world.run('workers', { ...policy('skip'), nodes: name })
  expect(cameTo(result)).toBe('unchanged')
  const text = summary(reportOf(result))
  expect(text).toMatch(/^## .* skipped\n/)
  expect(text).toMatch(/1 node of .* skipped .* not at \*\*v1\.37\.1\*\*/)
  expect(text).not.toContain('nothing was changed')
})

test('a canary is not skipped: its failure keeps the others where they are', async () => {
  const [name = ''] = world.withWeb
  const canary = `workers:\n  order: [{ node: ${name} }]\n  canary: 1\n`
  const result = await world.run('workers', { policy: `${policy('skip').policy}${canary}` })
  expect(reportOf(result).failure?.reason).toBe('drain-blocked')
  expect(reportOf(result).nodes.filter(({ state }) => state === 'upgraded')).toEqual([])
})

test('skip: once the budget allows it, a worker that was skipped is upgraded like any other', async () => {
  const blocked = world.withWeb
  const result = await world.run('workers', policy('skip'))
  expect(cameTo(result)).toBe('upgraded')
  for (const name of ['w1', 'w2', 'w3']) {
    expect(world.kubelet(name) === target).toBe(!blocked.includes(name))
    expect(world.isCordoned(name)).toBe(false)
  }
  const skipped = reportOf(result).nodes.filter(({ state }) => state === 'skipped')
  expect(skipped.map(({ name }) => name)).toEqual(blocked)
  for (const node of skipped) {
    expect(node.skipped?.reason).toBe('drain-blocked')
    expect(node.skipped?.seen).toMatch(/default\/web-\S+: PodDisruptionBudget web allows 0/)
  }

  // The proof does not count them as done.
  expect(reportOf(await world.run('verify')).failure?.reason).toBe('verify-failed')
  world.webNeeds(1)
  expect(cameTo(await world.run('workers', policy('skip')))).toBe('upgraded')
  expect(cameTo(await world.run('verify'))).toBe('unchanged')
  expect(world.simulation.cluster.violations).toEqual([])
})

test('fail: nothing is evicted, and the worker is uncordoned', async () => {
  const [name = ''] = world.withWeb
  const result = await world.run('workers', { ...policy('fail'), nodes: name })
  expect(cameTo(result)).toMatch(/^drain-blocked: .*was not begun/s)
  expect(summary(reportOf(result))).toMatch(/default\/web-\S+: PodDisruptionBudget web allows 0/)
  expect(result.log).not.toContain('evicting pod default/web')
  expect(world.isCordoned(name)).toBe(false)
})

test('wait: somebody makes room before the timeout', async () => {
  const [name = ''] = world.withWeb
  const running = world.begin('workers', { ...policy('wait'), nodes: name })
  await world.until(Promise.race([world.atCommand('drain'), running.ended]))
  await world.pass(60)
  world.webNeeds(1)
  const result = await world.until(running.ended)
  expect(result.log).toContain('error when evicting')
  expect(cameTo(result)).toBe('upgraded')
  expect(world.kubelet(name)).toBe(target)
})
