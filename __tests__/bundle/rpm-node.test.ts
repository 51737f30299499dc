import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { errorsOf, target, World } from './run-action.ts'

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2, dnf: ['w1'] })
})
afterAll(() => world.end())

test('a worker with dnf is upgraded beside a control plane node with apt, and its exclude= stays', async () => {
  const result = await world.run('upgrade')
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs).toMatchObject({ result: 'upgraded', 'target-version': target })
  const machine = world.simulation.cluster.machine('w1')
  expect(machine.packages.get('kubelet')?.version).toBe('1.37.1-150500.1.1')
  expect(machine.kubelet.reportedVersion).toBe(target)
  const file = machine.read('/etc/yum.repos.d/kubernetes.repo')
  expect(file).toContain('core:/stable:/v1.37/rpm/repodata/repomd.xml.key')
  expect(file).toContain('exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni')
  expect(file).toContain('gpgcheck=1')
})

test('run again it finds nothing to do', async () => {
  const result = await world.run('upgrade')
  expect(result.outputs['result']).toBe('unchanged')
})
