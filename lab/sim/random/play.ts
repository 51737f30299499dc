import type { Machine } from '../model/machine.ts'
import { startKubelet, stopKubelet } from '../model/kubelet.ts'
import type { Component } from '../model/releases.ts'
import { version } from '../model/releases.ts'
import { brokenInvariants } from '../kill/invariants.ts'
import { startVirtually, type VirtualResult, type VirtualRun } from '../virtual/action.ts'
import { VirtualSimulation } from '../virtual/world.ts'
import { describe, type Event, type Scenario } from './scenario.ts'
import { randomOf } from './seed.ts'

const target = version('v1.37.1')
/** Runs after all faults have passed, until the cluster is upgraded. */
const laterRuns = 3
/** Milliseconds of the simulation for one run. */
const limit = 12 * 3_600_000

/** What came of a random run. */
export interface RandomOutcome {
  readonly seed: number
  /** For people: what was planned. */
  readonly text: string
  /** What should not be; empty: all is well. */
  readonly problems: readonly string[]
  /** `failure-reason` or `result` of each run, in the order in which they ended. */
  readonly results: readonly string[]
  readonly log: string
}

/** Plays a scenario: upgrades with everything that goes wrong, then runs until nothing is left to do. */
export async function playScenario(scenario: Scenario): Promise<RandomOutcome> {
  const played = new Play(scenario)
  const problems: string[] = []
  const { random } = Math
  // What the action draws (pauses between tries) belongs to the run that a seed gives.
  Math.random = randomOf(scenario.seed)
  try {
    await played.toTheEnd()
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    Math.random = random
  }
  const { results, logs, simulation } = played
  if (problems.length === 0) problems.push(...brokenInvariants(simulation, target))
  if (results.some((result) => result === 'internal-error')) problems.push('a run ended with internal-error')
  return { seed: scenario.seed, text: describe(scenario), problems, results, log: logs.join('\n\n') }
}

class Play {
  readonly simulation: VirtualSimulation
  readonly results: string[] = []
  readonly logs: string[] = []
  private readonly scenario: Scenario
  private readonly runs = new Set<VirtualRun>()
  private count = 0

  constructor(scenario: Scenario) {
    this.scenario = scenario
    this.simulation = new VirtualSimulation(scenario)
    this.simulation.cluster.maxUnavailable = scenario.maxUnavailable
  }

  async toTheEnd(): Promise<void> {
    const { time } = this.simulation
    const events = Promise.all(this.scenario.events.map((event) => this.happen(event)))
    const first = this.run()
    await time.runUntil(Promise.all([first, events]), limit)
    await time.runUntil(Promise.all([...this.runs].map((run) => run.ended)), limit)
    // Machines that were the last to go down are up again.
    await time.runUntil(time.wait(60_000), limit)
    for (let more = 0; more < laterRuns; more++) {
      const result = await time.runUntil(this.run(), limit)
      if (result.report?.result === 'upgraded' || result.report?.result === 'unchanged') return
    }
  }

  private async run(): Promise<VirtualResult> {
    const { maxUnavailable, onBlocked } = this.scenario
    const id = String(++this.count)
    const run = startVirtually(
      this.simulation,
      { 'max-unavailable': String(maxUnavailable), policy: `drain:\n  onBlocked: ${onBlocked}\n` },
      {
        GITHUB_SERVER_URL: 'https://github.example',
        GITHUB_REPOSITORY: 'ops/cluster',
        GITHUB_RUN_ID: id,
      },
    )
    this.runs.add(run)
    const result = await run.ended
    this.runs.delete(run)
    this.results.push(result.report?.failure?.reason ?? result.report?.result ?? 'killed')
    this.logs.push(`--- run ${id}: ${this.results.at(-1) ?? ''}\n${result.log}`)
    return result
  }

  private async happen(event: Event): Promise<void> {
    const { time, cluster } = this.simulation
    await time.wait(event.at * 1000)
    const machine = 'node' in event ? cluster.machine(event.node) : undefined
    // What the faults themselves take out of service is not the upgrade's doing.
    if (machine?.role === 'worker' && ['reboot', 'kubelet-crash'].includes(event.what))
      cluster.maxUnavailable++
    this.begin(event, machine)
    if (!('lasts' in event)) return
    await time.wait(event.lasts * 1000)
    this.end(event, machine)
  }

  private begin(event: Event, machine: Machine | undefined): void {
    const { cluster } = this.simulation
    const [run] = this.runs
    switch (event.what) {
      case 'kill-runner':
        run?.kill()
        return
      case 'cancel':
        run?.abort()
        return
      case 'second-runner':
        void this.run()
        return
      case 'pdb-blocks':
        cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 2 } })
        return
    }
    const node = this.simulation.node(event.node)
    switch (event.what) {
      case 'reboot':
        node.reboot()
        return
      case 'kill-jobs':
        node.killJobs()
        return
      case 'drop-connections':
        node.dropConnections()
        return
      case 'unreachable':
        node.unreachable = true
        node.dropConnections()
        return
      case 'apt-lock':
        if (machine?.dpkgLock === '') machine.dpkgLock = 'process 812 (unattended-upgr)'
        return
      case 'no-image':
        if (machine !== undefined) machine.pullsFail = true
        return
      case 'kubelet-crash':
        if (machine !== undefined) stopKubelet(machine)
        return
      default:
        this.setDown(machine, event.what === 'etcd-down' ? 'etcd' : 'kube-apiserver', true)
    }
  }

  private end(event: Event, machine: Machine | undefined): void {
    const { cluster } = this.simulation
    if (event.what === 'pdb-blocks')
      cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 1 } })
    if (machine === undefined) return
    const node = this.simulation.node(machine.name)
    if (event.what === 'unreachable') node.unreachable = false
    if (event.what === 'apt-lock' && machine.dpkgLock.includes('unattended')) machine.dpkgLock = ''
    if (event.what === 'no-image') machine.pullsFail = false
    if (event.what === 'kubelet-crash' && machine.kubelet.state === 'stopped') startKubelet(cluster, machine)
    if (event.what === 'etcd-down') this.setDown(machine, 'etcd', false)
    if (event.what === 'api-server-down') this.setDown(machine, 'kube-apiserver', false)
  }

  private setDown(machine: Machine | undefined, component: Component, down: boolean): void {
    if (down) machine?.down.add(component)
    else machine?.down.delete(component)
  }
}
