import type { Machine } from '../model/machine.ts'
import { startKubelet, stopKubelet } from '../model/kubelet.ts'
import type { Component } from '../model/releases.ts'
import { version } from '../model/releases.ts'
import { brokenInvariants } from '../kill/invariants.ts'
import { bundleStage } from './bundle.ts'
import { describe, type Event, type Scenario } from './scenario.ts'
import { randomOf } from './seed.ts'
import type { Ending, Stage, StagedRun } from './stage.ts'
import { virtualStage } from './virtual.ts'

const target = version('v1.37.1')
/** Runs after all faults have passed, until the cluster is upgraded. */
const laterRuns = 3

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

/** Plays a scenario in this process: upgrades with everything that goes wrong, then runs until nothing is left to do. */
export async function playScenario(scenario: Scenario): Promise<RandomOutcome> {
  const { random } = Math
  // What the action draws (pauses between tries) belongs to the run that a seed gives.
  Math.random = randomOf(scenario.seed)
  try {
    return await playOn(virtualStage(scenario), scenario)
  } finally {
    Math.random = random
  }
}

/** The same with the bundle, SSH and real shells. @param pace real seconds for a second of the scenario */
export async function playBundle(scenario: Scenario, pace: number): Promise<RandomOutcome> {
  return playOn(await bundleStage(scenario, pace), scenario)
}

async function playOn(stage: Stage, scenario: Scenario): Promise<RandomOutcome> {
  const played = new Play(scenario, stage)
  const { results, logs, problems } = played
  try {
    await played.toTheEnd()
    problems.push(...brokenInvariants(stage, target))
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    await stage.end()
  }
  if (results.some((result) => result === 'internal-error')) problems.push('a run ended with internal-error')
  return { seed: scenario.seed, text: describe(scenario), problems, results, log: logs.join('\n\n') }
}

class Play {
  readonly results: string[] = []
  readonly logs: string[] = []
  readonly problems: string[] = []
  private readonly scenario: Scenario
  private readonly stage: Stage
  private readonly runs = new Set<StagedRun>()
  private count = 0

  constructor(scenario: Scenario, stage: Stage) {
    this.scenario = scenario
    this.stage = stage
    stage.cluster.maxUnavailable = scenario.maxUnavailable
  }

  async toTheEnd(): Promise<void> {
    const { stage } = this
    const events = Promise.all(this.scenario.events.map((event) => this.happen(event)))
    const first = this.run()
    await stage.await(Promise.all([first, events]))
    await stage.await(Promise.all([...this.runs].map((run) => run.ended)))
    // Machines that were the last to go down are up again.
    await stage.await(stage.wait(60))
    for (let more = 0; more < laterRuns; more++) {
      const { result } = await stage.await(this.run())
      if (result === 'upgraded' || result === 'unchanged') return
    }
  }

  private async run(): Promise<Ending> {
    const { maxUnavailable, onBlocked } = this.scenario
    const id = String(++this.count)
    const run = this.stage.begin(id, {
      'max-unavailable': String(maxUnavailable),
      policy: `drain:\n  onBlocked: ${onBlocked}\n`,
    })
    this.runs.add(run)
    const ending = await run.ended
    this.runs.delete(run)
    this.results.push(ending.result)
    this.logs.push(`--- run ${id}: ${ending.result}\n${ending.log}`)
    this.problems.push(...ending.problems)
    return ending
  }

  private async happen(event: Event): Promise<void> {
    const { stage } = this
    await stage.wait(event.at)
    const machine = 'node' in event ? stage.cluster.machine(event.node) : undefined
    // What the faults themselves take out of service is not the upgrade's doing.
    if (machine?.role === 'worker' && ['reboot', 'kubelet-crash'].includes(event.what))
      stage.cluster.maxUnavailable++
    this.begin(event, machine)
    if (!('lasts' in event)) return
    await stage.wait(event.lasts)
    this.end(event, machine)
  }

  private begin(event: Event, machine: Machine | undefined): void {
    const { stage } = this
    const [run] = this.runs
    switch (event.what) {
      case 'kill-runner':
        run?.kill()
        break
      case 'cancel':
        run?.cancel()
        break
      case 'second-runner':
        void this.run()
        break
      case 'pdb-blocks':
        this.setBudget(2)
        break
      case 'reboot':
        stage.reboot(event.node)
        break
      case 'kill-jobs':
        stage.killJobs(event.node)
        break
      case 'drop-connections':
        stage.dropConnections(event.node)
        break
      case 'unreachable':
        stage.setUnreachable(event.node, true)
        break
      default:
        if (machine !== undefined) damage(machine, event.what)
    }
  }

  private end(event: Event, machine: Machine | undefined): void {
    const { stage } = this
    if (event.what === 'pdb-blocks') this.setBudget(1)
    if (machine === undefined) return
    if (event.what === 'unreachable') stage.setUnreachable(machine.name, false)
    if (event.what === 'apt-lock' && machine.dpkgLock.includes('unattended')) machine.dpkgLock = ''
    if (event.what === 'no-image') machine.pullsFail = false
    if (event.what === 'kubelet-crash' && machine.kubelet.state === 'stopped')
      startKubelet(stage.cluster, machine)
    if (event.what === 'etcd-down' || event.what === 'api-server-down')
      machine.down.delete(componentOf(event.what))
  }

  private setBudget(minAvailable: number): void {
    this.stage.cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable } })
  }
}

/** What goes wrong inside a machine. */
function damage(
  machine: Machine,
  what: 'apt-lock' | 'no-image' | 'kubelet-crash' | 'etcd-down' | 'api-server-down',
): void {
  switch (what) {
    case 'apt-lock':
      if (machine.dpkgLock === '') machine.dpkgLock = 'process 812 (unattended-upgr)'
      break
    case 'no-image':
      machine.pullsFail = true
      break
    case 'kubelet-crash':
      stopKubelet(machine)
      break
    default:
      machine.down.add(componentOf(what))
  }
}

function componentOf(what: 'etcd-down' | 'api-server-down'): Component {
  return what === 'etcd-down' ? 'etcd' : 'kube-apiserver'
}
