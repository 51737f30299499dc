import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Report } from '../../src/report/model.ts'
import { errorsOf, fingerprint, World, type ActionResult, type Inputs } from './run-action.ts'

// Packages, holds, every file of every node, images, kubelets, containers, the cluster's objects with their
// resourceVersions: what a plan or a dry run leaves is what it found.
let world: World
let before: string[]
beforeAll(async () => {
  world = await World.start({ controlPlanes: 3, workers: 2 })
  before = fingerprint(world.simulation)
})
afterAll(() => world.end())

/** The nodes on which kubeadm's dry run was done. */
function dryRuns(result: ActionResult): string[] {
  const report = JSON.parse(readFileSync(result.outputs['report'] ?? '', 'utf8')) as Report
  return report.nodes.flatMap(({ name, steps }) => steps.map(({ id, why }) => `${name} ${id}: ${why}`))
}

const apply = 'cp1 kubeadm-dry-run: kubeadm upgrade apply --dry-run, by kubeadm v1.37.1'
const node = (name: string): string =>
  `${name} kubeadm-dry-run: kubeadm upgrade node --dry-run, by kubeadm v1.37.1`

test.each<[string, Inputs, string[]]>([
  ['plan', {}, []],
  ['plan', { 'dry-run': 'true' }, []],
  ['control-plane', { 'dry-run': 'true' }, [apply, node('cp2'), node('cp3')]],
  ['workers', { 'dry-run': 'true' }, [node('w1'), node('w2')]],
  ['workers', { 'dry-run': 'true', nodes: 'w2' }, [node('w2')]],
  ['upgrade', { 'dry-run': 'true' }, [apply, ...['cp2', 'cp3', 'w1', 'w2'].map(node)]],
])('phase %s with %j changes nothing', async (phase, inputs, done) => {
  const result = await world.run(phase, inputs)
  expect({ errors: errorsOf(result), result: result.outputs['result'] }).toEqual({
    errors: [],
    result: 'planned',
  })
  expect(dryRuns(result)).toEqual(done)
  expect(fingerprint(world.simulation)).toEqual(before)
})

test("what kubeadm's dry run refuses on a worker fails the phase before any change", async () => {
  const stop = world.simulation.onCommand((call) => {
    if (call.machine.name !== 'w2' || !call.line.startsWith('kubeadm upgrade node')) return undefined
    call.err('error: error execution phase preflight: unable to fetch the kubeadm-config ConfigMap')
    return 1
  })
  const result = await world.run('workers', { 'dry-run': 'true' })
  stop()
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'kubeadm-failed' })
  expect(errorsOf(result).join('\n')).toContain('kubeadm upgrade node --dry-run on w2 ended with exit code 1')
  expect(fingerprint(world.simulation)).toEqual(before)
})

test.each(['apt-get update', 'apt-get download', 'kubeadm upgrade plan', 'kubeadm upgrade apply'])(
  'a runner that is killed during %s leaves nothing once the command on the node has ended',
  async (command) => {
    const running = world.begin('plan')
    const stop = world.simulation.onCommand((call) => {
      if (call.line.startsWith(command)) running.process.kill('SIGKILL')
      return undefined
    })
    expect((await running.ended).signal).toBe('SIGKILL')
    stop()
    await nothingLeft()
    expect(fingerprint(world.simulation)).toEqual(before)
  },
)

/** Waits until nothing differs, a minute at most: the node's shell lives on for a moment without its runner. */
async function nothingLeft(): Promise<void> {
  const end = Date.now() + 60_000
  const same = (): boolean => {
    try {
      return JSON.stringify(fingerprint(world.simulation)) === JSON.stringify(before)
    } catch {
      return false // Files go away while they are read.
    }
  }
  while (!same() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100))
}
