import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Offered } from '../../src/versions/hops.ts'
import type { Minor, Version } from '../../src/versions/version.ts'
import { PlayedUpgrade, rules, type Rules, type Wish } from './played-upgrade.ts'
import { brokenRules, type Machine, type Start } from './upgrade-checker.ts'
import { policy, TestCluster, v } from './world.ts'

/** Mostly what is usual: a cluster in which everything is odd is refused, and proves little. */
function often<T>(usual: T, odd: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd })
}

/** A cluster as it may be found, and what is wanted of it: numbers, from which the cluster is made anew for every play. */
const scenarios = fc.record({
  minor: fc.integer({ min: 31, max: 36 }),
  /** API servers that an earlier upgrade has moved a minor further already; with or without their kubelets. */
  ahead: often(0, fc.integer({ min: 1, max: 2 })),
  kubeletsAhead: fc.boolean(),
  controlPlanes: fc.constantFrom(1, 2, 3, 5),
  /** Minors that a kubelet of the control plane is behind. */
  controlPlaneLag: often(0, fc.constant(1)),
  local: fc.boolean(),
  workers: fc.array(
    fc.record({
      lag: often(0, fc.integer({ min: 1, max: 4 })),
      /** How many of the minors that it passed its kubeadm has run. */
      ran: fc.nat(4),
      cordoned: often<Machine['cordoned']>('no', fc.constantFrom('by us', 'by others')),
      ready: often(true, fc.constant(false)),
    }),
    { maxLength: 5 },
  ),
  /** A node that the inventory does not name: minors that its kubelet is behind; and whether the policy accepts it. */
  stranger: often(undefined, fc.record({ lag: fc.nat(3), accepted: fc.boolean() })),
  steps: fc.constantFrom(0, 1, 1, 2, 2, 3, 3, 4),
  patch: fc.nat(2),
  maxUnavailable: fc.oneof(
    fc.integer({ min: 1, max: 3 }).map((count) => ({ count })),
    fc.integer({ min: 1, max: 100 }).map((percent) => ({ percent })),
  ),
  onPatch: fc.boolean(),
  lastFirst: fc.boolean(),
})
type Scenario = typeof scenarios extends fc.Arbitrary<infer T> ? T : never

/** Every minor offers patches 0 to 3. */
const offered: Offered = new Map(
  Array.from({ length: 20 }, (_, at): [Minor, Version[]] => [
    `1.${25 + at}`,
    [0, 1, 2, 3].map((patch) => v(`1.${25 + at}.${patch}`)),
  ]),
)

interface World {
  cluster: TestCluster
  wish: Wish
  start: Start
}

function build(scenario: Scenario): World {
  const cluster = new TestCluster()
  for (const one of [...cluster.roles.keys()]) remove(cluster, one)
  const at = (minor: number): Version => v(`1.${minor}.1`)
  const running = at(scenario.minor)
  const ran = new Map<string, Version[]>()
  for (let number = 1; number <= scenario.controlPlanes; number++) {
    const name = `cp${number}`
    const ahead = number <= Math.min(scenario.ahead, scenario.controlPlanes - 1)
    const server = ahead ? at(scenario.minor + 1) : running
    cluster.add(name, 'control-plane')
    cluster.setPackages(name, server)
    const movedOn = ahead && scenario.local && scenario.kubeletsAhead
    setKubelet(cluster, name, movedOn ? server : at(scenario.minor - scenario.controlPlaneLag))
    cluster.setControlPlane(name, server)
    if (!scenario.local) cluster.fact(name).kubelet.server = 'https://10.200.0.1:6443'
    ran.set(name, [running, server])
  }
  const anyAhead = scenario.ahead > 0 && scenario.controlPlanes > 1
  cluster.kubernetesVersion = anyAhead ? at(scenario.minor + 1) : running
  cluster.kubeProxy = running
  scenario.workers.forEach((worker, index) => {
    const name = `w${index + 1}`
    const kubelet = at(scenario.minor - worker.lag)
    cluster.add(name, 'worker')
    cluster.setPackages(name, kubelet)
    const passed = Array.from({ length: Math.min(worker.lag, worker.ran) }, (_, index) =>
      at(scenario.minor - worker.lag + 1 + index),
    )
    for (const version of passed) cluster.jobEnded(name, `kubeadm-upgrade-node-${version}`, 0)
    ran.set(name, passed)
    Object.assign(cluster.node(name), {
      unschedulable: worker.cordoned !== 'no',
      cordonedByUs: worker.cordoned === 'by us',
      ready: worker.ready,
    })
  })
  const { stranger } = scenario
  if (stranger !== undefined)
    cluster.nodes.set('stranger', {
      ...new TestCluster().node('w1'),
      name: 'stranger',
      machineId: 'stranger',
      kubeletVersion: at(scenario.minor - stranger.lag),
    })
  const wish: Wish = {
    target: v(`1.${scenario.minor + scenario.steps}.${scenario.patch}`),
    offered,
    policy: policy({
      drain: { onPatch: scenario.onPatch },
      workers: { order: scenario.lastFirst ? [{ node: `w${scenario.workers.length}` }] : [] },
      findings: {
        accept: stranger?.accepted === true ? [{ id: 'node-not-in-inventory', reason: 'known' }] : [],
      },
    }),
    maxUnavailable: scenario.maxUnavailable,
  }
  return { cluster, wish, start: startOf(cluster, wish, scenario, ran) }
}

function setKubelet(cluster: TestCluster, name: string, version: Version): void {
  cluster.node(name).kubeletVersion = version
  for (const one of ['kubelet', 'kubectl']) cluster.fact(name).packages.set(one, `${version.slice(1)}-1.1`)
}

function remove(cluster: TestCluster, name: string): void {
  for (const map of [cluster.roles, cluster.facts, cluster.nodes]) map.delete(name)
  cluster.staticPods = cluster.staticPods.filter((pod) => pod.node !== name)
}

function startOf(cluster: TestCluster, wish: Wish, scenario: Scenario, ran: Map<string, Version[]>): Start {
  const percent = 'percent' in scenario.maxUnavailable ? scenario.maxUnavailable.percent : 0
  const machines = [...cluster.nodes.values()].map((node): Machine => ({
    name: node.name,
    controlPlane: cluster.roles.get(node.name) === 'control-plane',
    kubelet: String(node.kubeletVersion),
    kubeadm: `v${cluster.facts.get(node.name)?.packages.get('kubeadm')?.split('-')[0] ?? '1.0.0'}`,
    apiServer: cluster.staticPods.find((pod) => pod.node === node.name && pod.component === 'kube-apiserver')
      ?.version,
    local: cluster.roles.get(node.name) === 'control-plane' && scenario.local,
    cordoned: node.cordonedByUs ? 'by us' : node.unschedulable ? 'by others' : 'no',
    ready: node.ready,
    kubeadmRan: ran.get(node.name) ?? [],
  }))
  return {
    machines,
    configured: cluster.kubernetesVersion,
    primary: 'cp1',
    maxUnavailable:
      'count' in scenario.maxUnavailable
        ? scenario.maxUnavailable.count
        : Math.max(1, Math.floor((scenario.workers.length * percent) / 100)),
    target: wish.target,
    excused: scenario.stranger?.accepted === true ? ['stranger'] : [],
  }
}

/** Plays the upgrade to its end, killed on the way as often as `fuses` says. @returns what was broken, and how it ended */
function play(scenario: Scenario, fuses: readonly number[] = [], changed: Partial<Rules> = {}) {
  const { cluster, wish, start } = build(scenario)
  const upgrade = new PlayedUpgrade(cluster, wish, changed)
  for (const fuse of fuses) if (upgrade.run(fuse) !== 'killed') break
  const ended = upgrade.run()
  return { ended, upgrade, broken: brokenRules(start, upgrade.events, ended === 'done') }
}

const fuses = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 3 })

test('no upgrade of a random cluster breaks a rule, wherever it is killed and run again', () => {
  const ends = { done: 0, refused: 0, 'no slot': 0, killed: 0, hops: 0, lagged: 0 }
  fc.assert(
    fc.property(scenarios, fuses, (scenario, killedAfter) => {
      const { ended, upgrade, broken } = play(scenario, killedAfter)
      expect(broken).toEqual([])
      expect(new Set(upgrade.digests).size).toBeLessThan(2)
      // What is refused is refused before anything is changed, not half-way.
      if (ended === 'refused') expect(upgrade.events).toEqual([])
      ends[ended]++
      ends.hops += Number(ended === 'done' && scenario.steps > 1)
      ends.lagged += Number(upgrade.events.some((event) => event.what === 'kubeadm-upgrade-node-between'))
    }),
    { numRuns: 1500 },
  )
  // Not everything was refused, and several minors were among it.
  expect(ends.done).toBeGreaterThan(400)
  expect(ends.hops).toBeGreaterThan(200)
  expect(ends.lagged).toBeGreaterThan(100)
})

test('the plan lists, node by node and hop by hop, exactly what is then done', () => {
  fc.assert(
    fc.property(scenarios, (scenario) => {
      const { cluster, wish } = build(scenario)
      const upgrade = new PlayedUpgrade(cluster, wish)
      const planned = new Set<string>()
      try {
        for (const { name, steps = [] } of upgrade.plan().plan.nodes)
          for (const step of steps) if (step.needed) planned.add(`${name} ${step.id} ${step.version}`)
      } catch {
        return
      }
      if (upgrade.run() !== 'done') return
      const done = upgrade.events.filter(({ what }) => what !== 'gate')
      expect(new Set(done.map(({ node, what, version }) => `${node} ${what} ${version}`))).toEqual(planned)
    }),
    { numRuns: 500 },
  )
})

const { steps } = rules
const kubeletSteps = ['cordon', 'drain', 'install-kubelet', 'restart-kubelet']

/** The product's rules with one of them turned round, and what is broken then. Each has to be caught, or the checker is blind. */
const inverted: [string, RegExp, Partial<Rules>][] = [
  [
    'a minor is skipped',
    /skips a minor/,
    { hops: (target, servers, offers) => rules.hops(target, servers, offers).slice(-1) },
  ],
  [
    'a downgrade is taken for an upgrade',
    /goes back/,
    { hops: (target, servers) => [{ from: servers[0]?.version ?? target, to: target }] },
  ],
  ['workers go before the control plane', /newer than an API server/, { controlPlaneFirst: false }],
  ['two control plane nodes at once', /two control plane nodes at once/, { together: 2 }],
  [
    'the last control plane node goes first',
    /while kubeadm-config says another/,
    { turns: (names) => names.toReversed() },
  ],
  [
    'a kubelet does not wait for the API servers behind the load balancer',
    /the kubelet of cp\d is newer than an API server/,
    { steps: (node, snapshot, goal) => steps(node, snapshot, { ...goal, controlPlanes: 1 }) },
  ],
  [
    'a kubelet that is too old does not block',
    /more than three minors older/,
    {
      blocking: (findings) =>
        rules.blocking(findings.filter(({ id }) => id !== 'kubelet-left-behind' && id !== 'version-skew')),
    },
  ],
  ['a hop that is not over is left', /a hop begins although/, { unfinished: () => undefined }],
  ["a worker's kubeadm skips minors as its kubelet does", /whose kubeadm never ran/, { owed: () => [] }],
  [
    "a worker's kubeadm goes ahead of the control plane",
    /runs ahead of kubeadm-config/,
    { reached: (hop) => hop.to },
  ],
  [
    'one worker more than max-unavailable',
    /more workers out of service/,
    { maxUnavailable: (plan) => plan.maxUnavailable + 1 },
  ],
  [
    'a worker that is out already does not count',
    /more workers out of service/,
    {
      window: (workers, snapshot, names) => ({
        ...rules.window(workers, snapshot, names),
        taken: [],
        returning: [],
      }),
    },
  ],
  [
    'no drain where the minor changes',
    /on a node that is not drained/,
    {
      steps: (...given) =>
        steps(...given).map((step) => (step.id === 'drain' ? { ...step, needed: false } : step)),
    },
  ],
  [
    'kubeadm upgrade with the kubeadm that is there',
    /by another kubeadm/,
    { steps: (...given) => steps(...given).filter((step) => step.id !== 'install-kubeadm') },
  ],
  [
    'the kubelet before kubeadm',
    /before its kubeadm has run/,
    {
      steps: (...given) =>
        steps(...given).toSorted(
          (a, b) => Number(kubeletSteps.includes(b.id)) - Number(kubeletSteps.includes(a.id)),
        ),
    },
  ],
  [
    "somebody else's cordon is taken away",
    /which somebody else had cordoned/,
    {
      steps: (...given) =>
        steps(...given).map((step) => (step.id === 'uncordon' ? { ...step, needed: true } : step)),
    },
  ],
  [
    'a node that the inventory does not name is passed over in silence',
    /the kubelet of stranger is left behind/,
    { blocking: (findings) => rules.blocking(findings.filter(({ id }) => id !== 'node-not-in-inventory')) },
  ],
]

test.each(inverted)('an inverted rule is caught: %s', (_name, sentence, changed) => {
  const caught = fc.check(
    fc.property(
      scenarios,
      fuses,
      (scenario, killedAfter) =>
        !play(scenario, killedAfter, changed).broken.some((text) => sentence.test(text)),
    ),
    { numRuns: 2000, endOnFailure: true },
  )
  expect(caught.failed).toBe(true)
})
