import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { cancelAction } from '../../lab/sim/action.ts'
import { isCordoned } from '../../lab/sim/model/workloads.ts'
import { errorsOf, target, World, type ActionResult } from './run-action.ts'

// One story told in order: a worker's upgrade is ended in each of the runner's ways, and each next run goes on from there.
let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2 })
  expect(errorsOf(await world.run('control-plane'))).toEqual([])
})
afterAll(() => world.end())

const holder = () =>
  world.simulation.cluster.store.find('Lease', 'kube-system', 'kubeadm-upgrade')?.spec?.['holderIdentity']
const budget = (minAvailable: number) =>
  world.simulation.cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable } })
const cp1 = () => world.simulation.cluster.machine('cp1')
const kubelet = (name: string) => world.simulation.cluster.machine(name).kubelet.reportedVersion

/** The drain waits for the budget; an hour of it is 36 s here. */
const patient = { policy: 'drain: {onBlocked: wait, timeout: 10h}\ntimeouts: {settle: 0s, lock: 4s}\n' }

/** Runs the workers until the log says `text`, and then ends the run by `end`. */
async function endedAt(
  text: string,
  end: (run: ReturnType<World['begin']>) => void,
  inputs = {},
): Promise<ActionResult> {
  let seen = ''
  let ended = false
  const run = world.begin('workers', inputs, {
    onLog: (chunk) => {
      seen += chunk
      if (ended || !seen.includes(text)) return
      ended = true
      end(run)
    },
  })
  const result = await run.ended
  expect(ended).toBe(true)
  return result
}

/** Cancelled, and not killed: it said what came of it. */
function expectCancelled(result: ActionResult): void {
  expect(result.signal).toBe(null)
  expect(result.code).toBe(1)
  expect(result.outputs).toMatchObject({ 'failure-reason': 'cancelled' })
  expect(result.summary).toContain('**cancelled**')
  const { report = '' } = result.outputs
  expect(existsSync(report)).toBe(true)
  expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ failure: { reason: 'cancelled' } })
}

test('Cancel during a drain: nothing new begins, the drain goes on, and post keeps the lock', async () => {
  budget(2)
  const cancelled = await endedAt('error when evicting', cancelAction, { ...patient, nodes: 'w1' })
  expectCancelled(cancelled)
  expect(cancelled.outputs['result']).toBe('failed')
  expect(errorsOf(cancelled).join()).toMatch(/the job on cp1 goes on/)
  expect(cancelled.log).not.toContain('w1: install-kubelet (')

  const post = await world.post(cancelled, 'workers')
  expect(post.code).toBe(0)
  expect(post.log).toContain(
    'A job of this run still runs on a node: the lock stays, and the next run follows it to its end.',
  )
  expect(holder()).toMatch(/^local\/workers\//)
})

test('the next run follows that drain to its end: every line of it is there, and once', async () => {
  const next = await world.run(
    'workers',
    { ...patient, nodes: 'w1' },
    {
      onLog: (text) => {
        if (text.includes('drain-w1.1 of an earlier run is still running')) budget(1)
      },
    },
  )
  expect(errorsOf(next)).toEqual([])
  expect(next.outputs['result']).toBe('upgraded')
  // It looks at the node afterwards and drains once more, which finds nothing left to evict.
  const drains = [1, 2].flatMap((attempt) =>
    (cp1().read(`/var/lib/kubeadm-upgrade/jobs/drain-w1.${attempt}/output`) ?? '').split('\n'),
  )
  const lines = drains.filter((line) => line !== '')
  expect(lines.filter((line) => line === 'node/w1 drained')).toHaveLength(2)
  const shown = [...next.log.matchAll(/^cp1 \| (.*)$/gm)].map(([, line = '']) => line)
  expect(shown.filter((line) => lines.includes(line))).toEqual(lines)
  expect(kubelet('w1')).toBe(target)
  expect(isCordoned(world.simulation.cluster, 'w1')).toBe(false)
  expect(holder()).toBe('')
})

test('a runner that is shut down says SIGTERM only: summary and outputs are there, and post gives the lock back', async () => {
  const stopped = await endedAt('w2: cordon (', ({ process }) => process.kill('SIGTERM'))
  expectCancelled(stopped)
  expect(stopped.log).not.toContain('w2: install-kubelet (')
  const post = await world.post(stopped, 'workers')
  expect(post.code).toBe(0)
  expect(holder()).toBe('')
})

test('a run whose nodes have gone silent ends by itself all the same', async () => {
  const silent = await endedAt('w2: install-kubelet (', (run) => {
    for (const node of world.simulation.nodes.values()) node.freeze()
    cancelAction(run)
  })
  expectCancelled(silent)
})

test('after all of that one more run finishes', async () => {
  const last = await world.run('workers')
  expect(errorsOf(last)).toEqual([])
  expect(kubelet('w2')).toBe(target)
  expect(isCordoned(world.simulation.cluster, 'w2')).toBe(false)
  expect(holder()).toBe('')
  expect(world.simulation.cluster.violations).toEqual([])
})
