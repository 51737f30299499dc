import { Failure } from '../../src/failure.ts'
import type { Policy } from '../../src/inventory/policy.ts'
import { blocking } from '../../src/plan/finding.ts'
import { laggingWorkers, owedMinors } from '../../src/plan/lag.ts'
import { apiServers, kubeletIsLocal } from '../../src/plan/observed.ts'
import { goalOf, makePlan, type MaxUnavailable, type Plan } from '../../src/plan/plan.ts'
import { nodeSteps, stepsBetween, type Step } from '../../src/plan/steps.ts'
import { unfinishedHop } from '../../src/plan/unfinished.ts'
import { isOut, planWindow } from '../../src/plan/window.ts'
import { planHops, versionOnTheWay, type Hop, type Offered } from '../../src/versions/hops.ts'
import { minorOf, minorsBetween, type Version } from '../../src/versions/version.ts'
import type { Event } from './upgrade-checker.ts'
import type { TestCluster } from './world.ts'

/** What decides in an upgrade. The rules of the product, or the same with one of them inverted. */
export const rules = {
  hops: planHops,
  unfinished: unfinishedHop,
  owed: owedMinors,
  steps: nodeSteps,
  between: stepsBetween,
  blocking,
  window: planWindow,
  maxUnavailable: (plan: Plan): number => plan.maxUnavailable,
  /** The version at which the workers' kubeadm follows before a hop. */
  reached: (hop: Hop): Version => hop.from,
  /** Control plane nodes in the order of their turns. */
  turns: (names: readonly string[]): readonly string[] => names,
  /** Nodes whose turns go on at the same time. */
  together: 1,
  controlPlaneFirst: true,
}
export type Rules = typeof rules

export interface Wish {
  target: Version
  offered: Offered
  policy: Policy
  maxUnavailable: MaxUnavailable
}

/** Workers that stay out of service leave no room for another one. */
class NoSlot extends Error {}

/** The runner was killed. */
class Killed extends Error {}

/** An upgrade as the phases do it, played on data: every decision is the product's, every effect a line here. */
export class PlayedUpgrade {
  readonly events: Event[] = []
  readonly digests: string[] = []
  private readonly cluster: TestCluster
  private readonly wish: Wish
  private readonly rules: Rules
  /** How many events from now the runner is killed. */
  private fuse = Infinity

  constructor(cluster: TestCluster, wish: Wish, changed: Partial<Rules> = {}) {
    this.cluster = cluster
    this.wish = wish
    this.rules = { ...rules, ...changed }
  }

  /** @returns how it ended; `killed`: after so many events */
  run(fuse = Infinity): 'done' | 'refused' | 'no slot' | 'killed' {
    this.fuse = fuse
    try {
      const phases = [() => this.controlPlane(), () => this.workers()]
      for (const phase of this.rules.controlPlaneFirst ? phases : phases.toReversed()) phase()
      return 'done'
    } catch (error) {
      if (error instanceof Killed) return 'killed'
      if (error instanceof NoSlot) return 'no slot'
      if (error instanceof Failure) return 'refused'
      throw error
    }
  }

  /** The plan, as phase plan makes it. @throws {Failure} */
  plan(): { plan: Plan; between: Version[] } {
    const { cluster, wish } = this
    const observed = cluster.observed()
    const inventory = cluster.inventory()
    const servers = apiServers(observed.snapshot)
    const hops = this.rules.hops(wish.target, servers, wish.offered)
    const between = this.rules
      .owed(inventory, observed, wish.target)
      .map(
        (minor) =>
          hops.find((hop) => minorOf(hop.to) === minor)?.to ??
          versionOnTheWay(minor, wish.target, servers, wish.offered),
      )
    const { target, policy, maxUnavailable } = wish
    const input = { inventory, observed, policy, target, between, maxUnavailable }
    const unfinished = hops.length > 0 ? this.rules.unfinished(input) : undefined
    const plan = makePlan({ ...input, hops: unfinished === undefined ? hops : [unfinished, ...hops] })
    this.digests.push(plan.digest)
    return { plan, between }
  }

  private prepare(): { plan: Plan; between: Version[] } {
    const prepared = this.plan()
    const [finding] = this.rules.blocking(prepared.plan.findings)
    if (finding !== undefined) throw new Failure(finding.reason, finding.seen)
    return prepared
  }

  private goal(version: Version, between: readonly Version[]) {
    return goalOf(version, { inventory: this.cluster.inventory(), policy: this.wish.policy, between })
  }

  private controlPlane(): void {
    const { plan, between } = this.prepare()
    const names = plan.nodes.filter((node) => node.role === 'control-plane').map((node) => node.name)
    const hops = plan.hops.length > 0 ? plan.hops : [{ from: plan.targetVersion, to: plan.targetVersion }]
    for (const hop of hops) {
      this.workersAlong(this.rules.reached(hop), between)
      const goal = this.goal(hop.to, between)
      const waiting = names.filter((name) => names.length > 1 && !kubeletIsLocal(this.cluster.fact(name)))
      this.inTurns(this.rules.turns(names), goal)
      this.inTurns(waiting, goal)
    }
  }

  private inTurns(names: readonly string[], goal: ReturnType<typeof goalOf>): void {
    for (let at = 0; at < names.length; at += this.rules.together) {
      const now = names.slice(at, at + this.rules.together)
      for (const name of now) this.happen(name, 'gate', goal.version)
      const turns = now.map((name) => this.missing(name, goal))
      // One step of each in turn: that is what at the same time looks like in a list.
      for (let step = 0; step < Math.max(...turns.map((steps) => steps.length)); step++)
        now.forEach((name, index) => this.take(name, turns[index]?.[step]))
    }
  }

  private workersAlong(reached: Version, between: readonly Version[]): void {
    const goal = this.goal(this.wish.target, between)
    const inventory = this.cluster.inventory()
    for (const name of laggingWorkers(inventory, this.cluster.snapshot(), this.wish.target))
      for (const step of this.rules.between(this.cluster.observedNode(name), goal))
        if (step.needed && minorsBetween(minorOf(step.version), minorOf(reached)) >= 0) this.take(name, step)
  }

  /** A sliding window: as one comes back the next one goes. */
  private workers(): void {
    const { plan, between } = this.prepare()
    const goal = this.goal(plan.targetVersion, between)
    const workers = plan.nodes.filter((node) => node.role === 'worker')
    const names = workers.map((node) => node.name)
    const window = this.rules.window(workers, this.cluster.snapshot(), names)
    const max = this.rules.maxUnavailable(plan)
    const queue = [...window.order]
    const working = new Map<string, Step[]>()
    while (queue.length > 0 || working.size > 0) {
      const { nodes } = this.cluster.snapshot()
      const out = new Set(
        names.filter(
          (name) =>
            working.has(name) ||
            ((window.taken.includes(name) || window.returning.includes(name)) && isOut(nodes.get(name))),
        ),
      )
      const [next] = queue
      const starts = next !== undefined && (out.has(next) || out.size < max)
      if (starts) working.set(queue.shift() ?? '', this.missing(next, goal))
      else if (working.size === 0) throw new NoSlot()
      for (const [name, steps] of working) {
        this.take(name, steps.shift())
        if (steps.length === 0) working.delete(name)
      }
    }
  }

  private missing(name: string, goal: ReturnType<typeof goalOf>): Step[] {
    return this.rules
      .steps(this.cluster.observedNode(name), this.cluster.snapshot(), goal)
      .filter((step) => step.needed)
  }

  private take(name: string, step: Step | undefined): void {
    if (step !== undefined) this.happen(name, step.id, step.version)
  }

  private happen(node: string, what: Step['id'] | 'gate', version: Version): void {
    if (this.fuse-- <= 0) throw new Killed()
    this.events.push({ node, what, version })
    const { cluster } = this
    const [facts, object] = [cluster.fact(node), cluster.node(node)]
    const packageVersion = `${version.slice(1)}-1.1`
    switch (what) {
      case 'hold-packages':
        facts.holds = ['kubeadm', 'kubectl', 'kubelet']
        break
      case 'switch-repository':
        for (const repository of facts.repositories) repository.minor = minorOf(version)
        break
      case 'install-kubeadm':
        facts.packages.set('kubeadm', packageVersion)
        break
      case 'kubeadm-upgrade-apply':
        cluster.kubernetesVersion = version
        this.kubeadmEnded(node, 'apply', version)
        break
      case 'kubeadm-upgrade-node':
      case 'kubeadm-upgrade-node-between':
        this.kubeadmEnded(node, 'node', version)
        break
      case 'cordon':
        Object.assign(object, { unschedulable: true, cordonedByUs: true })
        break
      case 'install-kubelet':
        for (const one of ['kubelet', 'kubectl']) facts.packages.set(one, packageVersion)
        break
      case 'restart-kubelet':
        object.kubeletVersion = version
        facts.kubelet.active = true
        break
      case 'wait-healthy':
        object.ready = true
        break
      case 'uncordon':
        Object.assign(object, { unschedulable: false, cordonedByUs: false })
        break
    }
  }

  /** It takes the version from kubeadm-config, and moves the addons with the last API server. */
  private kubeadmEnded(node: string, action: 'apply' | 'node', version: Version): void {
    const { cluster } = this
    if (cluster.roles.get(node) === 'control-plane') cluster.setControlPlane(node, cluster.kubernetesVersion)
    const servers = apiServers(cluster.snapshot()).map((server) => server.version)
    if (new Set(servers).size === 1) cluster.kubeProxy = cluster.kubernetesVersion
    cluster.jobEnded(node, `kubeadm-upgrade-${action}-${version}`, 0)
  }
}
