import { beforeAll, expect, test } from '@jest/globals'
import { atCommand } from '../../lab/sim/faults.ts'
import { fingerprint } from '../../lab/sim/fingerprint.ts'
import type { VirtualResult } from '../../lab/sim/virtual/action.ts'
import { summary } from '../../src/report/summary.ts'
import { brokenRules, type Event, type Start } from '../plan/upgrade-checker.ts'
import { startOf, trace } from './traced.ts'
import { cameTo, reportOf, target, World } from './world.ts'

// One upgrade over three minors told in order: every test goes on from the cluster that the one before left.
let world: World
let digest: string
let start: Start
let events: Event[]
beforeAll(() => {
  const offered = [
    'v1.34.4',
    'v1.35.4',
    'v1.36.1',
    'v1.36.4',
    'v1.36.5',
    'v1.37.0',
    target,
    'v1.37.2',
    'v1.38.0',
  ]
  world = new World({ controlPlanes: 3, workers: 2, version: 'v1.34.4', offered })
  start = startOf(world.simulation, target)
  events = trace(world.simulation)
})

/** A phase that goes well, held to the digest of the plan. */
async function step(phase: string, wanted: string): Promise<VirtualResult> {
  const result = await world.run(phase, { 'plan-digest': digest })
  expect(cameTo(result)).toBe(wanted)
  expect(planOf(result).digest).toBe(digest)
  return result
}

function planOf(result: VirtualResult) {
  const { plan } = reportOf(result)
  if (plan === undefined) throw new Error('There is no plan')
  return plan
}

/** `id version` of what is left to do on a node. */
function left(result: VirtualResult, name: string): string[] {
  const node = planOf(result).nodes.find((one) => one.name === name)
  return (node?.steps ?? []).filter(({ needed }) => needed).map(({ id, version }) => `${id} ${version}`)
}

const machine = (name: string) => world.simulation.cluster.machine(name)
const record = (name: string, version: string) =>
  `/var/lib/kubeadm-upgrade/jobs/kubeadm-upgrade-node-${version}.1${name}`
const ran = (name: string, version: string) => machine(name).read(record('/exit-code', version))?.trim()

test('latest, four minors away, is refused with the version to go to first', async () => {
  const before = fingerprint(world.simulation)
  const result = await world.run('plan', { version: 'latest' })
  expect(cameTo(result)).toMatch(
    /^unsupported-version-skew: .*v1\.38\.0 is 4 minors ahead.*version: v1\.37\.2/s,
  )
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('the plan shows every hop and the steps of each, and changes nothing', async () => {
  const before = fingerprint(world.simulation)
  const result = await world.run('plan')
  expect(cameTo(result)).toBe('planned')
  digest = planOf(result).digest
  expect(planOf(result).hops).toEqual([
    { from: 'v1.34.4', to: 'v1.35.4' },
    { from: 'v1.35.4', to: 'v1.36.5' },
    { from: 'v1.36.5', to: target },
  ])
  for (const version of ['v1.35.4', 'v1.36.5', target]) {
    expect(left(result, 'cp1')).toContain(`kubeadm-upgrade-apply ${version}`)
    expect(left(result, 'cp3')).toContain(`kubeadm-upgrade-node ${version}`)
    expect(left(result, 'cp3')).toContain(`install-kubelet ${version}`)
  }
  expect(left(result, 'w1').filter((line) => /kubeadm-upgrade|kubelet/.test(line))).toEqual([
    'kubeadm-upgrade-node-between v1.35.4',
    'kubeadm-upgrade-node-between v1.36.5',
    `kubeadm-upgrade-node ${target}`,
    `install-kubelet ${target}`,
    `restart-kubelet ${target}`,
  ])
  expect(summary(reportOf(result))).toMatch(/v1\.34\.4.*v1\.35\.4.*v1\.36\.5.*v1\.37\.1/)
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('killed in the middle of the second hop, the plan has the same digest and names what is left', async () => {
  const running = world.begin('control-plane', { 'plan-digest': digest })
  const second = { node: 'cp2', command: 'kubeadm upgrade node', number: 2 }
  const stop = atCommand(world.simulation, second, () => running.kill())
  expect((await world.until(running.ended)).report).toBeUndefined()
  stop()
  // What runs on the node comes to its end.
  await world.pass(300)
  expect(machine('cp3').kubelet.reportedVersion).toBe('v1.35.4')
  for (const name of ['w1', 'w2']) {
    expect(ran(name, 'v1.35.4')).toBe('0')
    expect(machine(name).kubelet.version).toBe('v1.34.4')
    expect(machine(name).packages.get('kubeadm')?.version).toBe('1.34.4-1.1')
    expect(machine(name).read('/var/lib/kubelet/kubeadm-flags.env')).not.toContain('--pod-infra')
  }
  const plan = await step('plan', 'planned')
  expect(planOf(plan).hops.map((one) => one.to)).toEqual(['v1.36.5', target])
  expect(left(plan, 'w1')).not.toContain('kubeadm-upgrade-node-between v1.35.4')
  expect(left(plan, 'w1')).toContain('kubeadm-upgrade-node-between v1.36.5')
})

test('the next run goes on in that hop and takes the control plane to the target', async () => {
  await step('control-plane', 'upgraded')
  const { cluster } = world.simulation
  for (const { name, containers, kubelet } of cluster.controlPlanes) {
    expect(containers.get('kube-apiserver')?.image).toBe(`registry.k8s.io/kube-apiserver:${target}`)
    expect(kubelet.reportedVersion).toBe(target)
    // No hop was done twice.
    const again = /kubeadm-upgrade-(apply|node)-v1\.(35\.4|36\.5|37\.1)\.2$/
    const jobs = [...fingerprint(world.simulation)].filter((line) => line.startsWith(`${name} `))
    expect(jobs.filter((line) => again.test(line.split(' ')[1] ?? ''))).toEqual([])
  }
  for (const name of ['w1', 'w2']) {
    expect(ran(name, 'v1.36.5')).toBe('0')
    expect(machine(name).kubelet.version).toBe('v1.34.4')
  }
  // One before each hop, and one more of the hop that was begun twice; only cleanup removes any.
  const snapshots = fingerprint(world.simulation).filter((line) => /snapshots\/.*before-.*\.db /.test(line))
  const before = snapshots.map((line) => /before-(v[\d.]+)\.db/.exec(line)?.[1])
  expect(before.toSorted()).toEqual(['v1.35.4', 'v1.36.5', 'v1.36.5', target])
  expect(cluster.violations).toEqual([])
})

test('a worker that missed a kubeadm gets it in phase workers; its kubelet moves once', async () => {
  machine('w2').remove(record('', 'v1.36.5'))
  expect(left(await step('plan', 'planned'), 'w2')).toContain('kubeadm-upgrade-node-between v1.36.5')
  await step('workers', 'upgraded')
  expect(ran('w2', 'v1.36.5')).toBe('0')
  for (const name of ['w1', 'w2']) {
    expect(ran(name, target)).toBe('0')
    expect(machine(name).kubelet.reportedVersion).toBe(target)
    const kept = machine(name).names('/var/lib/kubeadm-upgrade')
    expect(kept.filter((file) => file.startsWith('temporary'))).toEqual([])
  }
  expect(world.simulation.cluster.violations).toEqual([])
})

test('what was done, killed on the way, breaks no rule of version skew and order', () => {
  expect(events.filter(({ what }) => what === 'kubeadm-upgrade-node-between')).toHaveLength(5)
  expect(events.filter(({ what }) => what === 'drain')).toHaveLength(11)
  expect(brokenRules(start, events, true)).toEqual([])
})

test('afterwards every phase says unchanged', async () => {
  for (const phase of ['verify', 'plan', 'control-plane', 'workers']) await step(phase, 'unchanged')
})
