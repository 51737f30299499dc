import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { faults } from '../../lab/sim/faults.ts'
import { problems } from '../report/published.ts'
import { errorsOf, fingerprint, target, World, type ActionResult, type Inputs } from './run-action.ts'

// One upgrade told in order: every test goes on from the cluster that the one before left.
let world: World
let digest: string
beforeAll(async () => {
  world = await World.start({ controlPlanes: 3, workers: 3 })
})
afterAll(() => world.end())

/** A step that goes well, with documents as their published schemas say. */
async function step(phase: string, inputs: Inputs = {}): Promise<ActionResult> {
  const result = await world.run(phase, { 'plan-digest': digest, ...inputs })
  expect({ phase, errors: errorsOf(result), code: result.code }).toEqual({ phase, errors: [], code: 0 })
  expect(result.outputs['plan-digest']).toBe(digest)
  for (const name of ['plan', 'report'] as const)
    expect(problems(name, readFileSync(result.outputs[name] ?? '', 'utf8'))).toEqual([])
  return result
}

test('a plan changes nothing and says what the workflow needs to know', async () => {
  const before = fingerprint(world.simulation)
  const result = await world.run('plan')

  expect(errorsOf(result)).toEqual([])
  expect(result.code).toBe(0)
  expect(result.outputs).toMatchObject({
    result: 'planned',
    'failure-reason': '',
    'current-version': 'v1.36.4',
    'target-version': target,
    'control-plane-nodes': '["cp1","cp2","cp3"]',
    'worker-nodes': '["w1","w2","w3"]',
    'max-parallel': '1',
  })
  expect(JSON.parse(result.outputs['worker-matrix'] ?? '')).toEqual({
    include: ['w1', 'w2', 'w3'].map((name) => ({ batch: name, nodes: name })),
  })
  digest = result.outputs['plan-digest'] ?? ''
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  const document = JSON.parse(readFileSync(result.outputs['plan'] ?? '', 'utf8')) as { digest: string }
  expect(document.digest).toBe(digest)
  expect(result.summary).toContain(digest)
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('the control plane is upgraded one node at a time, over a connection that breaks', async () => {
  const repair = faults['drop-connections']?.inject(world.simulation, {})
  const result = await step('control-plane')
  repair?.()
  expect(result.outputs['result']).toBe('upgraded')
  expect(result.log).toMatch(/connection to .* was lost/)
  const { cluster } = world.simulation
  for (const machine of cluster.controlPlanes) {
    expect(machine.containers.get('kube-apiserver')?.image).toBe(`registry.k8s.io/kube-apiserver:${target}`)
    expect(machine.kubelet.reportedVersion).toBe(target)
  }
  expect(cluster.addons['kube-proxy'].image).toContain(target)
  expect(cluster.violations).toEqual([])
})

test('the plan for the workers that are left has the digest that was approved', async () => {
  const result = await step('plan')
  expect(result.outputs['result']).toBe('planned')
})

test('workers are upgraded job by job; one that was cordoned before stays cordoned', async () => {
  const { cluster } = world.simulation
  cluster.store.patch('Node', undefined, 'w3', { spec: { unschedulable: true } })
  const first = await step('workers', { nodes: 'w3' })
  expect(first.outputs['result']).toBe('upgraded')
  const unschedulable = (name: string): unknown =>
    cluster.store.find('Node', undefined, name)?.spec?.['unschedulable']
  expect(unschedulable('w3')).toBe(true)
  cluster.store.patch('Node', undefined, 'w3', { spec: { unschedulable: null } })
  await step('workers', { nodes: 'w1 w2' })
  for (const name of ['w1', 'w2', 'w3']) expect(cluster.machine(name).kubelet.reportedVersion).toBe(target)
  expect(unschedulable('w1')).not.toBe(true)
  expect(cluster.violations).toEqual([])
})

test('the second run of every phase says unchanged and changes nothing', async () => {
  const before = fingerprint(world.simulation)
  for (const phase of ['verify', 'plan', 'control-plane', 'workers'])
    expect((await step(phase)).outputs['result']).toBe('unchanged')
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('a hold that was removed and a kubelet that was stopped are all that the next run redoes', async () => {
  const { cluster } = world.simulation
  cluster.machine('w2').holds.delete('kubectl')
  cluster.machine('w1').kubelet.state = 'stopped'
  const result = await step('workers')
  expect(result.outputs['result']).toBe('upgraded')
  expect(stepsDone(result)).toEqual({
    w1: ['restart-kubelet', 'wait-healthy'],
    w2: ['hold-packages'],
    w3: [],
  })
  expect((await step('verify')).outputs['result']).toBe('unchanged')
})

/** Ids of the steps that were done, by node, from the report. */
function stepsDone(result: ActionResult): Record<string, string[]> {
  const report = JSON.parse(readFileSync(result.outputs['report'] ?? '', 'utf8')) as {
    nodes: { name: string; role: string; steps: { id: string; state: string }[] }[]
  }
  const workers = report.nodes.filter(({ role }) => role === 'worker')
  return Object.fromEntries(
    workers.map(({ name, steps }) => [
      name,
      steps.filter(({ state }) => state === 'done').map(({ id }) => id),
    ]),
  )
}
