import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { errorsOf, World } from './run-action.ts'

const repository = 'registry.example/k8s'
const policy = `images: {repository: ${repository}}\ntimeouts: {settle: 0s, lock: 4s}\n`

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 2, workers: 2 })
})
afterAll(() => world.end())

function configuration(): string {
  const { store } = world.simulation.cluster
  return store.find('ConfigMap', 'kube-system', 'kubeadm-config')?.data?.['ClusterConfiguration'] ?? ''
}

test('the plan tells that images will come from elsewhere, and writes nothing', async () => {
  const before = configuration()
  const result = await world.run('plan', { policy })
  expect(errorsOf(result)).toEqual([])
  const { findings } = JSON.parse(readFileSync(result.outputs['report'] ?? '', 'utf8')) as {
    findings: { id: string }[]
  }
  expect(findings.map(({ id }) => id)).toContain('image-repository-changes')
  expect(configuration()).toBe(before)
})

test('all images of the new version come from it, and are pulled before anything is touched', async () => {
  const result = await world.run('upgrade', { policy })
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('upgraded')
  expect(parse(configuration())).toMatchObject({ imageRepository: repository, clusterName: 'simulated' })
  const { cluster } = world.simulation
  for (const name of ['cp1', 'cp2']) {
    const machine = cluster.machine(name)
    expect(
      [...machine.containers.values()].map(({ image }) => image.split('/').slice(0, 2).join('/')),
    ).toEqual(Array(4).fill(repository))
    expect([...machine.images]).toContain(`${repository}/pause:3.10.1`)
  }
  expect(cluster.addons.coredns.image).toBe(`${repository}/coredns:v1.14.6`)
})

test('run again it finds nothing to do', async () => {
  const result = await world.run('upgrade', { policy })
  expect(result.outputs['result']).toBe('unchanged')
})
