import { expect, test } from '@jest/globals'
import { stopKubelet } from '../../lab/sim/model/kubelet.ts'
import { workerMatrix } from '../../src/action/outputs.ts'
import { cameTo, reportOf, target, World } from './world.ts'

test('a worker that is not Ready goes before the canary and heads the matrix: it has the only slot', async () => {
  const world = new World({ controlPlanes: 1, workers: 3 })
  expect(cameTo(await world.run('control-plane'))).toBe('upgraded')
  const { cluster } = world.simulation
  stopKubelet(cluster.machine('w3'))
  await world.pass(120)
  const policy = { policy: 'workers:\n  canary: 1\n' }

  const { plan } = reportOf(await world.run('plan', policy))
  if (plan === undefined) throw new Error('There is no plan')
  expect(workerMatrix(plan).include.map(({ nodes }) => nodes)).toEqual(['w3', 'w1', 'w2'])

  const result = await world.run('workers', policy)
  expect(cameTo(result)).toBe('upgraded')
  const restarts = reportOf(result).nodes.flatMap(({ name, steps }) =>
    steps.flatMap(({ id, startedAt }) => (id === 'restart-kubelet' ? [{ name, startedAt }] : [])),
  )
  const order = restarts.toSorted((a, b) => a.startedAt - b.startedAt).map(({ name }) => name)
  expect(order).toEqual(['w3', 'w1', 'w2'])
  for (const name of order) expect(world.kubelet(name)).toBe(target)
  expect(cluster.violations).toEqual([])
})
