import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { atCommand } from '../../lab/sim/faults.ts'
import { errorsOf, target, World } from './run-action.ts'

let world: World
beforeEach(async () => {
  world = await World.start({ controlPlanes: 3, workers: 2 })
})
afterEach(() => world.end())

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
}, 120_000)

test('a run that begins while a rebooted API server starts waits for it instead of refusing', async () => {
  const { simulation } = world
  const cp3 = simulation.cluster.machine('cp3')
  const image = cp3.containers.get('kube-apiserver')?.image ?? ''
  cp3.brokenImages.add(image)
  const result = await world.run(
    'control-plane',
    {},
    {
      onLog: (text) => {
        if (text.includes('waiting for it: API server of cp3 is not ready')) cp3.brokenImages.delete(image)
      },
    },
  )
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('upgraded')
}, 120_000)
