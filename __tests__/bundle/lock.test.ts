import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { atCommand } from '../../lab/sim/faults.ts'
import { errorsOf, target, World } from './run-action.ts'

let world: World
beforeEach(async () => {
  world = await World.start({ controlPlanes: 1, workers: 3 })
})
afterEach(() => world.end())

const lease = () => world.simulation.cluster.store.find('Lease', 'kube-system', 'kubeadm-upgrade')
const holder = () => lease()?.spec?.['holderIdentity']

/** Variables of a job of a workflow run. */
function job(run: string): { env: Record<string, string> } {
  return {
    env: {
      GITHUB_SERVER_URL: 'https://github.example',
      GITHUB_REPOSITORY: 'ops/cluster',
      GITHUB_RUN_ID: run,
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_ACTOR: 'ann',
    },
  }
}

test('a second start is refused with who, since when and the break-lock value; a killed run is taken over', async () => {
  const { simulation } = world
  let killed = (): void => undefined
  const atDrain = new Promise<void>((resolve) => (killed = resolve))
  const control = await world.run('control-plane', {}, job('7'))
  expect(errorsOf(control)).toEqual([])
  expect(holder()).toBe('')

  // The drain waits for a budget, so the first run is at work for as long as the test wants.
  simulation.cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 2 } })
  atCommand(simulation, { command: 'drain' }, () => killed())
  const first = world.begin('workers', {}, job('7'))
  await Promise.race([atDrain, first.ended])
  expect(holder()).toBe('ops/cluster/7/1/workers')

  const second = await world.run('workers', {}, job('8'))
  expect(second.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'cluster-locked' })
  expect(errorsOf(second).join()).toMatch(
    /held by ops\/cluster\/7\/1\/workers .*started by ann, https:\/\/github\.example\/ops\/cluster\/actions\/runs\/7\/attempts\/1.* since 20.*break-lock: ops\/cluster\/7\/1\/workers/s,
  )

  first.process.kill('SIGKILL')
  await first.ended
  expect(holder()).toBe('ops/cluster/7/1/workers')
  simulation.cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 1 } })
  const next = await world.run('workers', {}, job('8'))
  expect(errorsOf(next)).toEqual([])
  expect(next.outputs['result']).toBe('upgraded')
  expect(next.log).toMatch(/lock of ops\/cluster\/7\/1\/workers was taken over/)
  expect(holder()).toBe('')
  expect(simulation.cluster.violations).toEqual([])
}, 120_000)

test('two jobs of one workflow run share the lock and never exceed max-unavailable', async () => {
  expect(errorsOf(await world.run('control-plane', {}, job('7')))).toEqual([])
  const results = await Promise.all([
    world.run('workers', { nodes: 'w1' }, job('7')),
    world.run('workers', { nodes: 'w2 w3' }, job('7')),
  ])
  for (const result of results) expect(errorsOf(result)).toEqual([])
  const { cluster } = world.simulation
  for (const name of ['w1', 'w2', 'w3']) expect(cluster.machine(name).kubelet.reportedVersion).toBe(target)
  expect(cluster.violations).toEqual([])
  expect(holder()).toBe('')
}, 120_000)

test('a failure in one job uses up the budget of the other jobs of the run; break-lock is told', async () => {
  expect(errorsOf(await world.run('control-plane', {}, job('7')))).toEqual([])
  const { simulation } = world
  // What cannot be fetched is tried again for minutes; what cannot be installed fails the worker at once.
  const repair = simulation.onCommand(({ machine, line }) =>
    machine.name === 'w1' && line.startsWith('apt-get install') && !line.includes('--download-only')
      ? 100
      : undefined,
  )
  const failed = await world.run('workers', { nodes: 'w1' }, job('7'))
  expect(failed.code).toBe(1)
  repair()
  const late = await world.run('workers', { nodes: 'w2' }, job('7'))
  expect(late.outputs['failure-reason']).toBe('failure-budget-exceeded')
  expect(errorsOf(late).join()).toMatch(/w1.*Not started: w2/s)

  simulation.cluster.store.patch('Lease', 'kube-system', 'kubeadm-upgrade', {
    spec: { holderIdentity: 'somebody/else' },
  })
  const broken = await world.run('workers', { 'break-lock': 'somebody/else' }, job('8'))
  expect(errorsOf(broken)).toEqual([])
  expect(broken.summary).toMatch(/lock of .*somebody.*was broken/)
}, 120_000)

test('post gives the lock of a killed run back when nothing of it runs; without the nodes it says so and does not fail', async () => {
  const { simulation } = world
  // The run waits for a worker to be Ready: no job of it runs anywhere.
  expect(errorsOf(await world.run('control-plane', {}, job('7')))).toEqual([])
  const first = world.begin(
    'workers',
    { nodes: 'w1' },
    {
      ...job('7'),
      onLog: (text) => {
        if (text.includes('w1: wait-healthy (')) first.process.kill('SIGKILL')
      },
    },
  )
  const killed = await first.ended
  expect(killed.signal).toBe('SIGKILL')
  expect(holder()).toBe('ops/cluster/7/1/workers')

  for (const node of simulation.nodes.values()) node.faults.hangUp = Infinity
  const blind = await world.post(killed, 'workers', job('7'))
  expect(blind.code).toBe(0)
  expect(blind.log).toMatch(/lock of the cluster was not given back; it expires by itself/)
  for (const node of simulation.nodes.values()) node.faults.hangUp = 0

  const post = await world.post(killed, 'workers', job('7'))
  expect(post.code).toBe(0)
  expect(post.log).toContain('The lock of the cluster is not held by this job any more.')
  expect(holder()).toBe('')
}, 120_000)

test('a run that finds nothing left to do frees the expired lock of the one before', async () => {
  const { simulation } = world
  expect(errorsOf(await world.run('upgrade', {}, job('7')))).toEqual([])
  simulation.cluster.store.patch('Lease', 'kube-system', 'kubeadm-upgrade', {
    spec: { holderIdentity: 'ops/cluster/6/1/workers' },
  })
  const next = await world.run('workers', {}, job('8'))
  expect(next.outputs['result']).toBe('unchanged')
  expect(next.log).toMatch(/held by ops\/cluster\/6\/1\/workers.*Watching for/)
  expect(holder()).toBe('')
}, 120_000)
