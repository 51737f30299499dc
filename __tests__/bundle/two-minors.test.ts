import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { errorsOf, target, World } from './run-action.ts'

// The way over several minors is told in ../virtual; here its scripts run in a real shell.
let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2, version: 'v1.35.4' })
})
afterAll(() => world.end())

test('on the way over two minors the kubeadm between runs out of its package, which leaves nothing behind', async () => {
  const result = await world.run('upgrade')
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs).toMatchObject({ result: 'upgraded', 'target-version': target })
  for (const name of ['w1', 'w2']) {
    const machine = world.simulation.cluster.machine(name)
    expect(machine.kubelet.reportedVersion).toBe(target)
    const between = '/var/lib/kubeadm-upgrade/jobs/kubeadm-upgrade-node-v1.36.5.1'
    expect(machine.read(`${between}/exit-code`)).toBe('0\n')
    const left = readdirSync(machine.path('/var/lib/kubeadm-upgrade'))
    expect(left.filter((file) => file.startsWith('temporary'))).toEqual([])
  }
  expect(world.simulation.cluster.violations).toEqual([])
})
