import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { imagesOf, version } from '../../lab/sim/model/releases.ts'
import { errorsOf, target, World } from './run-action.ts'

const images = imagesOf(version(target))
const policy = 'images: {archive: images.tar}\ntimeouts: {settle: 0s, lock: 4s}\n'

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2 })
  // No node reaches a registry.
  for (const machine of world.simulation.cluster.machines.values()) machine.pullsFail = true
})
afterAll(() => world.end())

/** As `docker save` writes one, with some bytes for layers. */
function writeArchive(names: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'))
  writeFileSync(join(folder, 'layer.tar'), Buffer.alloc(5 * 1024 * 1024, 'layer'))
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(names.map((name) => ({ RepoTags: [name] }))))
  const file = join(world.simulation.folder, 'images.tar')
  execFileSync('tar', ['-cf', file, '-C', folder, 'layer.tar', 'manifest.json'])
  rmSync(folder, { recursive: true })
}

test('a file that is no archive is refused by the plan', async () => {
  writeFileSync(join(world.simulation.folder, 'images.tar'), 'x'.repeat(2048))
  const result = await world.run('plan', { policy })
  expect(result.outputs['failure-reason']).toBe('invalid-input')
  expect(errorsOf(result).join()).toContain('images.archive of the policy cannot be used')
})

test('an archive without one of the images stops the upgrade before anything is touched', async () => {
  writeArchive(images.slice(1))
  const result = await world.run('control-plane', { policy })
  expect(result.outputs['failure-reason']).toBe('package-error')
  expect(errorsOf(result).join()).toContain('or that the archive of images.archive has them')
  expect(result.log).toContain(`lacks:\n${images[0] ?? ''}`.replaceAll('\n', '\ncp1 | '))
  expect(world.simulation.cluster.machine('cp1').packages.get('kubeadm')?.version).toBe('1.36.4-1.1')
})

test('images of an archive are loaded on every node, and nothing is pulled', async () => {
  writeArchive(images)
  const result = await world.run('upgrade', { policy })
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('upgraded')
  for (const machine of world.simulation.cluster.machines.values()) {
    expect([...machine.images]).toEqual(expect.arrayContaining(images))
    expect(machine.names('/var/lib/kubeadm-upgrade/archives')).toEqual([])
  }
  expect((await world.run('upgrade', { policy })).outputs['result']).toBe('unchanged')
})
