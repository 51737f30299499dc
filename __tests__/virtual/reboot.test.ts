import { expect, test } from '@jest/globals'
import { cameTo, World } from './world.ts'

test('a run that begins while a rebooted API server starts waits for it instead of refusing', async () => {
  const world = new World({ controlPlanes: 3, workers: 1 })
  const cp3 = world.simulation.cluster.machine('cp3')
  const image = cp3.containers.get('kube-apiserver')?.image ?? ''
  cp3.brokenImages.add(image)
  const running = world.begin('control-plane')
  await world.pass(60)
  cp3.brokenImages.delete(image)
  const result = await world.until(running.ended)
  expect(result.log).toContain('waiting for it: API server of cp3 is not ready')
  expect(cameTo(result)).toBe('upgraded')
})
