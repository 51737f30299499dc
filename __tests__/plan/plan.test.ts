import { describe, expect, test } from '@jest/globals'
import {
  makePlan,
  planIsDone,
  resolveMaxUnavailable,
  type Plan,
  type PlanInput,
} from '../../src/plan/plan.ts'
import { planWindow } from '../../src/plan/window.ts'
import { old, policy, target, TestCluster, v } from './world.ts'

const plan = (cluster: TestCluster, change: Partial<PlanInput> = {}): Plan =>
  makePlan({
    inventory: cluster.inventory(),
    observed: cluster.observed(),
    policy: policy(),
    target,
    hops: [{ from: old, to: target }],
    between: [],
    maxUnavailable: { count: 1 },
    ...change,
  })

describe('the digest', () => {
  const before = plan(new TestCluster()).digest

  test('does not change while the upgrade goes on', () => {
    const cluster = new TestCluster()
    for (const name of cluster.roles.keys()) {
      cluster.fact(name).holds = []
      expect(plan(cluster).digest).toBe(before)
      cluster.node(name).unschedulable = true
      cluster.node(name).ready = false
      expect(plan(cluster).digest).toBe(before)
      cluster.finish(name)
      cluster.kubernetesVersion = target
      expect(plan(cluster, { hops: [] }).digest).toBe(before)
    }
  })

  test('does not depend on which nodes this phase looked at', () => {
    const cluster = new TestCluster()
    cluster.facts.delete('cp2')
    cluster.facts.delete('w2')
    expect(plan(cluster).digest).toBe(before)
  })

  test.each<[string, (cluster: TestCluster) => Partial<PlanInput>]>([
    ['another version', () => ({ target: v('1.37.2') })],
    ['another max-unavailable', () => ({ maxUnavailable: { count: 2 } })],
    ['another policy', () => ({ policy: policy({ drain: { timeout: '5m' } }) })],
    [
      'another accepted finding',
      () => ({ policy: policy({ findings: { accept: [{ id: 'swap', reason: 'known' }] } }) }),
    ],
    [
      'a new node',
      (cluster) => {
        cluster.add('w3', 'worker')
        return {}
      },
    ],
    ['another order', () => ({ policy: policy({ workers: { order: [{ node: 'w2' }] } }) })],
  ])('changes with %s', (_what, change) => {
    const cluster = new TestCluster()
    const input = change(cluster)
    expect(plan(cluster, input).digest).not.toBe(before)
  })
})

test('the order is the primary, the other control plane nodes, then the workers as the policy wants them', () => {
  const cluster = new TestCluster()
  cluster.add('w3', 'worker')
  cluster.node('w3').labels = { zone: 'a' }
  const ordered = plan(cluster, {
    policy: policy({ workers: { order: [{ label: 'zone=a' }, { node: 'w2' }] } }),
  })
  expect(ordered.nodes.map((node) => node.name)).toEqual(['cp1', 'cp2', 'cp3', 'w3', 'w2', 'w1'])
  expect(ordered.nodes.filter((node) => node.primary).map((node) => node.name)).toEqual(['cp1'])
})

test('a finished cluster has nothing to do', () => {
  const cluster = new TestCluster()
  cluster.finishAll()
  expect(planIsDone(plan(cluster, { hops: [] }))).toBe(true)
  expect(planIsDone(plan(new TestCluster()))).toBe(false)
})

test('a percentage of the workers is rounded down, and at least one', () => {
  expect(resolveMaxUnavailable({ percent: 50 }, 5)).toBe(2)
  expect(resolveMaxUnavailable({ percent: 10 }, 5)).toBe(1)
  expect(resolveMaxUnavailable({ count: 3 }, 5)).toBe(3)
})

describe('the window of workers', () => {
  const window = (cluster: TestCluster, selected = ['w1', 'w2']) => {
    const workers = plan(cluster).nodes.filter((node) => node.role === 'worker')
    return planWindow(workers, cluster.snapshot(), selected)
  }

  test('a worker that is out already goes first, in the slot that it uses', () => {
    const cluster = new TestCluster()
    cluster.node('w2').ready = false
    expect(window(cluster)).toEqual({ order: ['w2', 'w1'], returning: ['w2'], taken: [] })
  })

  test('a finished worker that somebody cordoned takes a slot for good', () => {
    const cluster = new TestCluster()
    cluster.finishAll()
    cluster.setPackages('w1', old)
    cluster.node('w2').unschedulable = true
    expect(window(cluster)).toEqual({ order: ['w1'], returning: [], taken: ['w2'] })
  })

  test('a worker that is out and not selected counts too', () => {
    const cluster = new TestCluster()
    cluster.node('w2').ready = false
    expect(window(cluster, ['w1'])).toEqual({ order: ['w1'], returning: [], taken: ['w2'] })
  })
})

describe('findings', () => {
  const ids = (cluster: TestCluster): string[] =>
    plan(cluster).findings.map((finding) => `${finding.severity} ${finding.id}`)

  test('of a healthy cluster only what every upgrade is told', () => {
    expect(ids(new TestCluster())).toEqual([
      'tells endpoint-load-balancer',
      'tells release-notes',
      'tells application-backup',
    ])
  })

  test('machines that were cloned with their machine-id are two', () => {
    const cluster = new TestCluster()
    cluster.fact('w2').machineId = 'machine-w1'
    cluster.node('w2').machineId = 'machine-w1'
    expect(ids(cluster)).toContain('blocks same-machine')
    cluster.fact('w2').bootId = 'another start'
    expect(ids(cluster)).toEqual(ids(new TestCluster()))
  })

  test.each<[string, string, (cluster: TestCluster) => void]>([
    [
      'a node of the cluster that the inventory does not name',
      'blocks node-not-in-inventory',
      (c) => c.nodes.set('w9', { ...c.node('w1'), name: 'w9' }),
    ],
    ['an entry that is no node', 'blocks node-not-in-cluster', (c) => c.nodes.delete('w2')],
    ['a wrong role', 'blocks role-mismatch', (c) => void (c.node('w1').controlPlane = true)],
    ['two names for one machine', 'blocks same-machine', (c) => void (c.fact('w2').machineId = 'machine-w1')],
    [
      'another machine than the node',
      'blocks wrong-machine',
      (c) => void (c.fact('w2').machineId = 'machine-x'),
    ],
    ['no admin.conf on the primary', 'blocks admin-conf', (c) => void (c.fact('cp1').hasAdminConf = false)],
    [
      'a missing static pod manifest',
      'blocks static-pods',
      (c) => c.fact('cp2').manifests.delete('kube-apiserver'),
    ],
    [
      'a control plane node that is not Ready',
      'blocks control-plane-not-ready',
      (c) => void (c.node('cp2').ready = false),
    ],
    ['a worker that is not Ready', 'warns node-not-ready', (c) => void (c.node('w1').ready = false)],
    ['swap', 'warns swap', (c) => void (c.fact('w1').swap = true)],
    [
      'a full disk',
      'blocks disk-space',
      (c) => void (c.fact('cp1').disks = [{ mount: '/', availableKiB: 1000, sizeKiB: 100_000 }]),
    ],
    ['no package repository', 'blocks package-repository', (c) => void (c.fact('w1').repositories = [])],
    [
      'a kubelet newer than the API servers',
      'blocks version-skew',
      (c) => void (c.node('w1').kubeletVersion = v('1.37.1')),
    ],
    ['an upgrade that is half done', 'tells upgrade-under-way', (c) => c.setControlPlane('cp1', target)],
  ])('%s: %s', (_what, finding, bend) => {
    const cluster = new TestCluster()
    bend(cluster)
    expect(ids(cluster)).toContain(finding)
  })

  test('an accepted finding carries the reason and no longer blocks', () => {
    const cluster = new TestCluster()
    cluster.fact('cp1').disks = [{ mount: '/', availableKiB: 1000, sizeKiB: 100_000 }]
    const accepting = policy({ findings: { accept: [{ id: 'disk-space', reason: 'thin volume' }] } })
    const [finding] = plan(cluster, { policy: accepting }).findings
    expect(finding).toMatchObject({ id: 'disk-space', accepted: 'thin volume' })
  })
})
