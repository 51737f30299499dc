import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { isCordoned } from '../../lab/sim/model/workloads.ts'
import { errorsOf, target, workflowCommands, World } from './run-action.ts'

// What becomes of a drain that is blocked is told in ../virtual; here is what the page of the run says of it.
let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 3 })
})
afterAll(() => world.end())

test('skip: a worker that cannot be drained is in service again, named with pod and budget, and the others go on', async () => {
  const { cluster } = world.simulation
  expect(errorsOf(await world.run('control-plane'))).toEqual([])
  // The web service runs on two workers; its budget allows none of its two pods to go.
  cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 2 } })
  const blocked = cluster.pods.filter((pod) => pod.owner === 'web').map((pod) => pod.node ?? '')
  const result = await world.run('workers', {
    policy: 'drain: {onBlocked: skip, timeout: 5m}\ntimeouts: {settle: 0s, lock: 4s}\n',
  })
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('upgraded')
  for (const name of ['w1', 'w2', 'w3']) {
    expect(cluster.machine(name).kubelet.reportedVersion === target).toBe(!blocked.includes(name))
    expect(isCordoned(cluster, name)).toBe(false)
  }
  const warnings = workflowCommands(result.log).filter(({ name }) => name === 'warning')
  expect(warnings).toHaveLength(2)
  for (const { value } of warnings)
    expect(value).toMatch(/skipped \(drain-blocked\).*default\/web-\S+: PodDisruptionBudget web allows 0 dis/)
  expect(result.summary).toContain('⏭️ skipped')
  expect(cluster.violations).toEqual([])
})
