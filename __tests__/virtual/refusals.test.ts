import { beforeAll, expect, test } from '@jest/globals'
import { version } from '../../lab/sim/model/releases.ts'
import { cameTo, reportOf, World } from './world.ts'

let world: World
beforeAll(() => {
  world = new World({ controlPlanes: 3, workers: 2, offered: ['v1.34.4', 'v1.35.4', 'v1.36.4', 'v1.37.1'] })
})

/** Stopped before any change, with what to do next. */
async function expectRefusal(phase: string, message: RegExp, inputs = {}): Promise<void> {
  const result = await world.run(phase, inputs)
  expect(reportOf(result).result).toBe('blocked')
  expect(cameTo(result)).toMatch(message)
  expect(reportOf(result).failure?.next).toMatch(/\S/)
}

test('an API server that does not answer is named; the cluster is read from another one', async () => {
  const { brokenImages, containers } = world.simulation.cluster.machine('cp1')
  brokenImages.add(containers.get('kube-apiserver')?.image ?? '')
  await expectRefusal('plan', /^control-plane-unhealthy: .*The API server of cp1 is not ready/s)
  brokenImages.clear()
})

test('a worker of the cluster that the inventory leaves out blocks the plan', async () => {
  const inventory = world.inventory((nodes) => nodes.slice(0, -1))
  await expectRefusal('plan', /^inventory-mismatch: .*w2 is in the cluster but not in the inventory/s, {
    inventory,
  })
})

test('a worker whose kubelet a hop would leave four minors behind blocks, with what to ask for first', async () => {
  const { kubelet } = world.simulation.cluster.machine('w1')
  kubelet.reportedVersion = version('v1.33.1')
  await expectRefusal(
    'plan',
    /^unsupported-version-skew: .*kubelet-left-behind.*kubelet v1\.33\.1 of w1 is 4 minors older.*phase workers with version: v1\.36\.4/s,
  )
  kubelet.reportedVersion = version('v1.36.4')
})

test('an older minor is refused as a downgrade', () =>
  expectRefusal('plan', /^unsupported-version-skew: .*downgrade/s, { version: '1.35' }))

test('workers do not start before the control plane', () =>
  expectRefusal('workers', /^precondition-failed: .*API servers are not at v1\.37\.1/s))
