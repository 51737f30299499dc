import { existsSync, readdirSync, utimesSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { errorsOf, fingerprint, World } from './run-action.ts'

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2 })
})
afterAll(() => world.end())

const kubeadmFolder = '/etc/kubernetes/tmp'
const own = '/var/lib/kubeadm-upgrade'

function machine(name: string) {
  return world.simulation.cluster.machine(name)
}

function list(name: string, folder: string): string[] {
  const path = machine(name).path(folder)
  return existsSync(path) ? readdirSync(path).toSorted() : []
}

/** Everything that is there now is from an hour ago. */
function age(name: string): void {
  const hourAgo = Date.now() / 1000 - 3600
  for (const folder of [kubeadmFolder, own, `${own}/jobs`, `${own}/snapshots`])
    for (const entry of list(name, folder))
      utimesSync(machine(name).path(`${folder}/${entry}`), hourAgo, hourAgo)
}

test('while an upgrade is not finished nothing is removed', async () => {
  const before = fingerprint(world.simulation)
  const result = await world.run('cleanup')
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'verify-failed' })
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('after the upgrade its copies, job folders and what killed runs left are listed, removed, and then gone', async () => {
  expect(errorsOf(await world.run('upgrade'))).toEqual([])
  const cp1 = machine('cp1')
  for (const number of [1, 2, 3]) cp1.write(`${own}/snapshots/2026-01-0${number}.db`, 'etcd 1\n')
  cp1.write(`${own}/snapshots/2026-01-01.db.json`, '{}')
  cp1.write(`${own}/snapshots/2026-01-04.db.part`, 'etc')
  cp1.write(`${own}/images.Ab12Cd/usr/bin/kubeadm`, '')
  cp1.write(`${kubeadmFolder}/notes-of-a-person`, '')
  age('cp1')
  age('w1')
  const [newest = ''] = list('cp1', `${own}/snapshots`).filter((name) => name.includes('before'))
  utimesSync(cp1.path(`${own}/snapshots/${newest}`), Date.now() / 1000 - 60, Date.now() / 1000 - 60)
  cp1.write(`${kubeadmFolder}/kubeadm-backup-manifests-of-today/etcd.yaml`, '')
  const later = Date.now() / 1000 + 3600
  utimesSync(cp1.path(`${kubeadmFolder}/kubeadm-backup-manifests-of-today`), later, later)

  const before = fingerprint(world.simulation)
  const dry = await world.run('cleanup', { version: '', 'dry-run': 'true' })
  expect(errorsOf(dry)).toEqual([])
  expect(dry.outputs['result']).toBe('planned')
  expect(dry.summary).toMatch(/cp1 \| \/etc\/kubernetes\/tmp\/kubeadm-backup-etcd-\S+ \| \d+ KiB/)
  expect(fingerprint(world.simulation)).toEqual(before)

  const result = await world.run('cleanup', { version: '' })
  expect(errorsOf(result)).toEqual([])
  expect(result.outputs['result']).toBe('cleaned')
  expect(list('cp1', kubeadmFolder)).toEqual(['kubeadm-backup-manifests-of-today', 'notes-of-a-person'])
  expect(list('w1', kubeadmFolder)).toEqual([])
  // The policy keeps three.
  const snapshots = list('cp1', `${own}/snapshots`)
  expect(snapshots.filter((name) => name.endsWith('.db'))).toHaveLength(3)
  expect(snapshots).toContain(newest)
  expect(snapshots).toContain(`${newest}.json`)
  expect(snapshots.filter((name) => name.includes('part'))).toEqual([])
  expect(list('cp1', own).filter((name) => name.startsWith('images.'))).toEqual([])
  expect(list('cp1', `${own}/jobs`)).toEqual(['.lock', 'cleanup.1'])

  const again = await world.run('cleanup', { version: '' })
  expect(again.outputs['result']).toBe('unchanged')
  expect((await world.run('verify')).outputs['result']).toBe('unchanged')
})
