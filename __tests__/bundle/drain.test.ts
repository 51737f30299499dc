import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { isCordoned } from '../../lab/sim/model/workloads.ts'
import { errorsOf, target, workflowCommands, World } from './run-action.ts'

// The web service runs on two workers; its budget allows none of its two pods to go.
let world: World
beforeEach(async () => {
  world = await World.start({ controlPlanes: 1, workers: 3 })
  expect(errorsOf(await world.run('control-plane'))).toEqual([])
  world.simulation.cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 2 } })
})
afterEach(() => world.end())

const kubelet = (name: string) => world.simulation.cluster.machine(name).kubelet.reportedVersion
const policy = (onBlocked: string) => ({
  policy: `drain: {onBlocked: ${onBlocked}, timeout: 5m}\ntimeouts: {settle: 0s, lock: 4s}\n`,
})
const withWeb = () => {
  const pods = world.simulation.cluster.pods.filter((pod) => pod.owner === 'web')
  return [...new Set(pods.map((pod) => pod.node ?? ''))].toSorted()
}

test('skip: a worker that cannot be drained is in service again, named with pod and budget, and the others go on', async () => {
  const blocked = withWeb()
  const result = await world.run('workers', policy('skip'))
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('upgraded')
  for (const name of ['w1', 'w2', 'w3']) {
    expect(kubelet(name) === target).toBe(!blocked.includes(name))
    expect(isCordoned(world.simulation.cluster, name)).toBe(false)
  }
  const warnings = workflowCommands(result.log).filter(({ name }) => name === 'warning')
  expect(warnings).toHaveLength(blocked.length)
  for (const { value } of warnings)
    expect(value).toMatch(/skipped \(drain-blocked\).*default\/web-\S+: PodDisruptionBudget web allows 0 dis/)
  expect(result.summary).toContain('⏭️ skipped')

  // The proof does not count them as done; once the budget allows it they are upgraded like any other.
  expect((await world.run('verify')).outputs['failure-reason']).toBe('verify-failed')
  world.simulation.cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 1 } })
  expect((await world.run('workers', policy('skip'))).outputs['result']).toBe('upgraded')
  expect((await world.run('verify')).outputs['result']).toBe('unchanged')
  expect(world.simulation.cluster.violations).toEqual([])
}, 120_000)

test('fail: nothing is evicted, and the worker is uncordoned', async () => {
  const [name = ''] = withWeb()
  const result = await world.run('workers', { ...policy('fail'), nodes: name })
  expect(result.outputs['failure-reason']).toBe('drain-blocked')
  expect(errorsOf(result).join()).toMatch(/was not begun/)
  expect(result.summary).toMatch(/default\/web-\S+: PodDisruptionBudget web allows 0/)
  expect(result.log).not.toContain('evicting pod default/web')
  expect(isCordoned(world.simulation.cluster, name)).toBe(false)
}, 120_000)

test('wait: somebody makes room before the timeout', async () => {
  const { simulation } = world
  const [name = ''] = withWeb()
  const result = await world.run(
    'workers',
    { ...policy('wait'), nodes: name },
    {
      onLog: (text) => {
        if (text.includes('error when evicting'))
          simulation.cluster.store.patch('PodDisruptionBudget', 'default', 'web', {
            spec: { minAvailable: 1 },
          })
      },
    },
  )
  expect(errorsOf(result)).toEqual([])
  expect(kubelet(name)).toBe(target)
}, 120_000)
