import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { faults } from '../../lab/sim/faults.ts'
import { manifestOf } from '../../lab/sim/model/kubelet.ts'
import { components, version } from '../../lab/sim/model/releases.ts'
import { errorsOf, fingerprint, World } from './run-action.ts'

const manifests = '/etc/kubernetes/manifests'
const tmp = '/etc/kubernetes/tmp'
const recover = (world: World, inputs = {}) => world.run('recover', { version: '', ...inputs })

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 3, workers: 2 })
})
afterAll(() => world.end())

test('a cluster that is well: recover says so and changes nothing', async () => {
  const before = fingerprint(world.simulation)
  const result = await recover(world)
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('unchanged')
  expect(result.summary).toContain('Nothing is wrong')
  expect(fingerprint(world.simulation)).toEqual(before)
})

test("kubeadm's rollback is recognised, with what its folders hold and the phase that goes on", async () => {
  const repair = faults['kubeadm-fails']?.inject(world.simulation, { node: 'cp1' })
  const failed = await world.run('control-plane')
  expect(failed.outputs['failure-reason']).toBe('kubeadm-failed')
  const before = fingerprint(world.simulation)
  const result = await recover(world)
  repair?.()
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('unchanged')
  expect(result.summary).toContain('kubeadm gave up and put the old control plane back')
  expect(result.summary).toMatch(/kubeadm-backup-manifests-\S+ \| etcd v3\.6\.8, kube-apiserver v1\.36\.4/)
  expect(result.summary).toContain('control-plane with version v1.37.1')
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('of two copies the one that belongs there is restored, not the newest; a dry run only says so', async () => {
  const cp2 = world.simulation.cluster.machine('cp2')
  const whole = cp2.read(`${manifests}/etcd.yaml`) ?? ''
  cp2.write(`${tmp}/kubeadm-backup-manifests-2026-01-01-08-00-00/etcd.yaml`, whole)
  const half = manifestOf('etcd', version('v1.37.1'), cp2.address)
  cp2.write(`${tmp}/kubeadm-backup-manifests-2026-01-01-09-00-00/etcd.yaml`, half)
  rmSync(cp2.path(`${manifests}/etcd.yaml`))
  cp2.write(`${manifests}/kube-scheduler.yaml`, 'apiVersion: v1\nkind: Po')
  const scheduler = manifestOf('kube-scheduler', version('v1.36.4'), cp2.address)
  cp2.write(`${tmp}/kubeadm-backup-manifests-2026-01-01-08-00-00/kube-scheduler.yaml`, scheduler)

  const dry = await recover(world, { 'dry-run': 'true' })
  expect(dry.outputs['result']).toBe('planned')
  expect(dry.summary).toContain('kubeadm-backup-manifests-2026-01-01-08-00-00')
  expect(cp2.read(`${manifests}/etcd.yaml`)).toBeUndefined()

  const result = await recover(world)
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('recovered')
  expect(cp2.read(`${manifests}/etcd.yaml`)).toBe(whole)
  expect(cp2.read(`${manifests}/kube-scheduler.yaml`)).toBe(scheduler)
})

test('after it the upgrade goes on', async () => {
  const result = await world.run('control-plane')
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('upgraded')
  expect((await recover(world)).summary).toContain('An upgrade stopped half-way')
})

test('without any API server: every manifest of the only control plane node is restored', async () => {
  const single = await World.start({ controlPlanes: 1, workers: 1 })
  try {
    const cp1 = single.simulation.cluster.machine('cp1')
    const before = components.map((one) => cp1.read(`${manifests}/${one}.yaml`))
    for (const one of components) {
      cp1.write(
        `${tmp}/kubeadm-backup-manifests-2026-01-01-08-00-00/${one}.yaml`,
        cp1.read(`${manifests}/${one}.yaml`) ?? '',
      )
      cp1.write(
        `${tmp}/kubeadm-backup-manifests-2026-02-01-08-00-00/${one}.yaml`,
        manifestOf(one, version('v1.37.1'), cp1.address),
      )
      rmSync(cp1.path(`${manifests}/${one}.yaml`))
    }
    const refused = await single.run('plan')
    expect(refused.outputs['failure-reason']).toBe('control-plane-unhealthy')
    const result = await recover(single)
    expect(errorsOf(result)).toEqual([])
    expect(result.outputs['result']).toBe('recovered')
    expect(components.map((one) => cp1.read(`${manifests}/${one}.yaml`))).toEqual(before)
    expect((await single.run('verify', { version: '' })).outputs['result']).toBe('unchanged')
  } finally {
    await single.end()
  }
})
