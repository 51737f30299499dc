import { beforeEach, expect, test } from '@jest/globals'
import { summary } from '../../src/report/summary.ts'
import { cameTo, job, reportOf, target, World } from './world.ts'

let world: World
beforeEach(async () => {
  world = new World({ controlPlanes: 1, workers: 3 })
  expect(cameTo(await world.run('control-plane', {}, job('7')))).toBe('upgraded')
  expect(world.holder).toBe('')
})

test('a second start is refused with who, since when and the break-lock value; a killed run is taken over', async () => {
  // The drain waits for a budget, so the first run is at work for as long as the test wants.
  world.webNeeds(2)
  const atDrain = world.atCommand('drain')
  const first = world.begin('workers', {}, job('7'))
  await world.until(Promise.race([atDrain, first.ended]))
  expect(world.holder).toBe('ops/cluster/7/1/workers')

  const second = await world.run('workers', {}, job('8'))
  expect(reportOf(second)).toMatchObject({ result: 'blocked', failure: { reason: 'cluster-locked' } })
  expect(cameTo(second)).toMatch(
    /held by ops\/cluster\/7\/1\/workers .*started by ann, https:\/\/github\.example\/ops\/cluster\/actions\/runs\/7\/attempts\/1.* since 20.*break-lock: ops\/cluster\/7\/1\/workers/s,
  )

  first.kill()
  expect(world.holder).toBe('ops/cluster/7/1/workers')
  world.webNeeds(1)
  const next = await world.run('workers', {}, job('8'))
  expect(cameTo(next)).toBe('upgraded')
  expect(next.log).toMatch(/lock of ops\/cluster\/7\/1\/workers was taken over/)
  expect(world.holder).toBe('')
  expect(world.simulation.cluster.violations).toEqual([])
})

test('two jobs of one workflow run share the lock and never exceed max-unavailable', async () => {
  const results = await world.until(
    Promise.all(
      ['w1', 'w2 w3'].map((nodes) => world.begin('workers', { nodes }, job('7'))).map((run) => run.ended),
    ),
  )
  expect(results.map(cameTo)).toEqual(['upgraded', 'upgraded'])
  for (const name of ['w1', 'w2', 'w3']) expect(world.kubelet(name)).toBe(target)
  expect(world.simulation.cluster.violations).toEqual([])
  expect(world.holder).toBe('')
})

test('a job that starts while another one of the run has every slot waits for it', async () => {
  const atDrain = world.atCommand('drain')
  const first = world.begin('workers', { nodes: 'w1' }, job('7'))
  await world.until(Promise.race([atDrain, first.ended]))
  expect(world.isCordoned('w1')).toBe(true)
  const second = world.begin('workers', { nodes: 'w2' }, job('7'))
  const results = await world.until(Promise.all([first.ended, second.ended]))
  expect(results.map(cameTo)).toEqual(['upgraded', 'upgraded'])
  expect(world.simulation.cluster.violations).toEqual([])
})

test('a failure in one job uses up the budget of the other jobs of the run; break-lock is told', async () => {
  const { simulation } = world
  // What cannot be fetched is tried again for minutes; what cannot be installed fails the worker at once.
  const repair = simulation.onCommand(({ machine, line }) =>
    machine.name === 'w1' && line.startsWith('apt-get install') && !line.includes('--download-only')
      ? 100
      : undefined,
  )
  const failed = await world.run('workers', { nodes: 'w1' }, job('7'))
  expect(reportOf(failed).failure?.reason).toBe('package-error')
  repair()
  const late = await world.run('workers', { nodes: 'w2' }, job('7'))
  expect(cameTo(late)).toMatch(/^failure-budget-exceeded: .*w1.*Not started: w2/s)

  simulation.cluster.store.patch('Lease', 'kube-system', 'kubeadm-upgrade', {
    spec: { holderIdentity: 'somebody/else' },
  })
  const broken = await world.run('workers', { 'break-lock': 'somebody/else' }, job('8'))
  expect(cameTo(broken)).toBe('upgraded')
  expect(summary(reportOf(broken))).toMatch(/lock of .*somebody.*was broken/)
})

test('a run that finds nothing left to do frees the expired lock of the one before', async () => {
  expect(cameTo(await world.run('workers', {}, job('7')))).toBe('upgraded')
  world.simulation.cluster.store.patch('Lease', 'kube-system', 'kubeadm-upgrade', {
    spec: { holderIdentity: 'ops/cluster/6/1/workers' },
  })
  const next = await world.run('workers', {}, job('8'))
  expect(cameTo(next)).toBe('unchanged')
  expect(next.log).toMatch(/held by ops\/cluster\/6\/1\/workers.*Watching for/)
  expect(world.holder).toBe('')
})
