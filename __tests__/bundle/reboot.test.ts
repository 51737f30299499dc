import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { atCommand } from '../../lab/sim/faults.ts'
import { errorsOf, target, World } from './run-action.ts'

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 3, workers: 2 })
})
afterAll(() => world.end())

test('a machine that reboots under a job: the loss is told, what was done is looked at, the run goes on', async () => {
  const { simulation } = world
  const reboot = (node: string, command: string, number = 1): void => {
    atCommand(simulation, { node, command, number }, () => simulation.reboot(node))
  }
  reboot('cp2', 'kubeadm upgrade node')
  reboot('w1', 'apt-get install', 2)
  const result = await world.run('upgrade')
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('upgraded')
  expect(result.log).toMatch(/kubeadm-upgrade-node-v1\.37\.1 on cp2 was lost: the machine was started anew/)
  expect(result.log).toMatch(/ on w1 was lost: the machine was started anew/)
  expect(simulation.cluster.violations).toEqual([])
  for (const machine of simulation.cluster.machines.values())
    expect(machine.kubelet.reportedVersion).toBe(target)
})
