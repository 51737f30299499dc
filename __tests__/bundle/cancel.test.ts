import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { atCommand } from '../../lab/sim/faults.ts'
import { apiServerReady } from '../../lab/sim/model/control-plane.ts'
import type { Machine } from '../../lab/sim/model/machine.ts'
import { errorsOf, target, World, type ActionResult } from './run-action.ts'

let world: World
beforeEach(async () => {
  world = await World.start({ controlPlanes: 3, workers: 1 })
})
afterEach(() => world.end())

test('Cancel during kubeadm: the run ends by itself with summary and outputs, the next one finishes its work', async () => {
  const { cluster } = world.simulation
  const cancelled = await cancelDuring('kubeadm upgrade apply')
  expect(cancelled.signal).toBe(null)
  expect(cancelled.code).toBe(1)
  expect(cancelled.outputs).toMatchObject({ result: 'failed', 'failure-reason': 'cancelled' })
  expect(errorsOf(cancelled).join()).toMatch(/cancelled.*the job on cp1 goes on.*again/s)
  expect(cancelled.summary).toContain('**cancelled**')

  await until(() => newApiServer(cluster.machine('cp1')) && apiServerReady(cluster, cluster.machine('cp1')))
  // The next run meets the job while it is running; from then on there is no need to be slow.
  const hurry = (log: string): void => {
    if (log.includes('kubeadm-upgrade-apply-v1.37.1.1')) cluster.time.scale = 0.01
  }
  const next = await world.run('control-plane', {}, { onLog: hurry })
  expect(errorsOf(next)).toEqual([])
  expect(next.outputs['result']).toBe('upgraded')
  // The job of the cancelled run was waited for; there was no second one, and it came to its end.
  const job = '/var/lib/kubeadm-upgrade/jobs/kubeadm-upgrade-apply-v1.37.1'
  expect(next.log).toContain('kubeadm-upgrade-apply-v1.37.1.1')
  expect(cluster.machine('cp1').read(`${job}.1/output`)).toMatch(/\[upgrade\] SUCCESS!/)
  expect(cluster.machine('cp1').read(`${job}.2/output`)).toBe(undefined)
  for (const name of ['cp1', 'cp2', 'cp3']) expect(cluster.machine(name).kubelet.reportedVersion).toBe(target)
  expect(cluster.violations).toEqual([])
})

test.todo(
  'a run that meets kubeadm while it restarts the API server attaches to it and does not call that unhealthy',
)

function newApiServer(machine: Machine): boolean {
  return machine.containers.get('kube-apiserver')?.image.endsWith(target) === true
}

async function until(condition: () => boolean): Promise<void> {
  for (;;) {
    world.simulation.cluster.settle()
    if (condition()) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Cancels a run of control-plane as the runner does, once the simulated command began. */
async function cancelDuring(command: string): Promise<ActionResult> {
  const begun = new Promise<void>((resolve) => {
    atCommand(world.simulation, { command }, () => {
      // Slow enough from here on that it outlives the run that started it.
      world.simulation.cluster.time.scale = 0.3
      resolve()
    })
  })
  const { process, ended } = world.begin('control-plane')
  await Promise.race([begun, ended])
  process.kill('SIGINT')
  const terminate = setTimeout(() => process.kill('SIGTERM'), 7500)
  const kill = setTimeout(() => process.kill('SIGKILL'), 10_000)
  const result = await ended
  clearTimeout(terminate)
  clearTimeout(kill)
  return result
}
