import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { cancelAction } from '../../lab/sim/action.ts'
import { atCommand } from '../../lab/sim/faults.ts'
import { apiServerReady } from '../../lab/sim/model/control-plane.ts'
import { imageOf, version } from '../../lab/sim/model/releases.ts'
import type { Machine } from '../../lab/sim/model/machine.ts'
import { until } from '../ssh/world.ts'
import { errorsOf, target, World, type ActionResult } from './run-action.ts'

// One story told in order: a run is cancelled while kubeadm waits for the only API server, and the next run goes on.
let world: World
let cp1: Machine
let cancelled: ActionResult
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 1 })
  cp1 = world.simulation.cluster.machine('cp1')
})
afterAll(() => world.end())

const holder = () =>
  world.simulation.cluster.store.find('Lease', 'kube-system', 'kubeadm-upgrade')?.spec?.['holderIdentity']
const job = 'kubeadm-upgrade-apply-v1.37.1'
const newImage = imageOf('kube-apiserver', version(target))

test('Cancel during kubeadm: the run ends by itself, with summary and outputs', async () => {
  const { cluster } = world.simulation
  // The new API server does not answer until the next test lets it, and kubeadm has the patience for it.
  cp1.brokenImages.add(newImage)
  atCommand(world.simulation, { command: 'kubeadm upgrade apply' }, () => (cluster.time.scale = 0.1))
  const run = world.begin('control-plane')
  let over = false
  void run.ended.then(() => (over = true))
  await until(() => {
    cluster.settle()
    return over || cp1.containers.get('kube-apiserver')?.image === newImage
  })

  cancelAction(run)
  cancelled = await run.ended

  expect(cancelled.signal).toBe(null)
  expect(cancelled.code).toBe(1)
  expect(cancelled.outputs).toMatchObject({ result: 'failed', 'failure-reason': 'cancelled' })
  expect(errorsOf(cancelled).join()).toMatch(/cancelled.*the job on cp1 goes on.*again/s)
  expect(cancelled.summary).toContain('**cancelled**')
})

test('post: kubeadm still runs, so the lock stays; it does not fail the job', async () => {
  const post = await world.post(cancelled, 'control-plane')
  expect(post.code).toBe(0)
  expect(post.log).toMatch(
    /A job of this run still runs on a node: the lock stays|The lock of the cluster was not given back/,
  )
  expect(holder()).toMatch(/^local\/control-plane\//)
})

test('the next run follows kubeadm to its end with all of its output, and does not call a restart unhealthy', async () => {
  const { cluster } = world.simulation
  expect(apiServerReady(cluster, cp1)).toBe(false)
  const next = await world.run(
    'control-plane',
    {},
    {
      onLog: (text) => {
        if (!text.includes(`${job}.1 of an earlier run is still running`)) return
        cp1.brokenImages.clear()
        cluster.time.scale = 0.01
      },
    },
  )
  expect(errorsOf(next)).toEqual([])
  expect(next.outputs['result']).toBe('upgraded')

  const output = cp1.read(`/var/lib/kubeadm-upgrade/jobs/${job}.1/output`) ?? ''
  expect(output).toMatch(/^\[upgrade\] Reading configuration.*\[upgrade\] SUCCESS!/s)
  // Only kubeadm's lines begin so; all of them, in order, and none twice.
  const ofKubeadm = (line: string): boolean => line.startsWith('[')
  const shown = [...next.log.matchAll(/^cp1 \| (.*)$/gm)].map(([, line = '']) => line)
  expect(shown.filter(ofKubeadm)).toEqual(output.split('\n').filter(ofKubeadm))
  // There was no second one.
  expect(cp1.read(`/var/lib/kubeadm-upgrade/jobs/${job}.2/output`)).toBe(undefined)
  expect(cp1.kubelet.reportedVersion).toBe(target)
  expect(cluster.violations).toEqual([])
})
