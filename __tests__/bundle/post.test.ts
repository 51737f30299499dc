import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { errorsOf, World } from './run-action.ts'

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2 })
})
afterAll(() => world.end())

const holder = () =>
  world.simulation.cluster.store.find('Lease', 'kube-system', 'kubeadm-upgrade')?.spec?.['holderIdentity']

/** Variables of a job of a workflow run. */
const job = {
  env: {
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'ops/cluster',
    GITHUB_RUN_ID: '7',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'ann',
  },
}

test('post gives the lock of a killed run back when nothing of it runs; without the nodes it says so and does not fail', async () => {
  const { simulation } = world
  // The run waits for a worker to be Ready: no job of it runs anywhere.
  expect(errorsOf(await world.run('control-plane', {}, job))).toEqual([])
  const first = world.begin(
    'workers',
    { nodes: 'w1' },
    {
      ...job,
      onLog: (text) => {
        if (text.includes('w1: wait-healthy (')) first.process.kill('SIGKILL')
      },
    },
  )
  const killed = await first.ended
  expect(killed.signal).toBe('SIGKILL')
  expect(holder()).toBe('ops/cluster/7/1/workers')

  for (const node of simulation.nodes.values()) node.faults.hangUp = Infinity
  const blind = await world.post(killed, 'workers', job)
  expect(blind.code).toBe(0)
  expect(blind.log).toMatch(/lock of the cluster was not given back; it expires by itself/)
  for (const node of simulation.nodes.values()) node.faults.hangUp = 0

  const post = await world.post(killed, 'workers', job)
  expect(post.code).toBe(0)
  expect(post.log).toContain('The lock of the cluster is not held by this job any more.')
  expect(holder()).toBe('')
})
