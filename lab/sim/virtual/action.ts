import { stringify } from 'yaml'
import { readInputs } from '../../../src/action/inputs.ts'
import { runOf } from '../../../src/action/world.ts'
import { asFailure, type Failure } from '../../../src/failure.ts'
import { runPhase } from '../../../src/phases/index.ts'
import type { Log } from '../../../src/phases/run.ts'
import type { Report } from '../../../src/report/model.ts'
import { Recorder } from '../../../src/report/recorder.ts'
import { reportOf } from '../../../src/report/report.ts'
import type { Runner } from './runner.ts'
import type { VirtualSimulation } from './world.ts'

/** Milliseconds of the simulation that a run may take. */
const limit = 6 * 3_600_000

export interface VirtualResult {
  /** undefined: the runner was killed. */
  readonly report: Report | undefined
  readonly failure: Failure | undefined
  readonly log: string
}

/** A run of the action that has begun. */
export interface VirtualRun {
  readonly runner: Runner
  /** Ends with the run, or when the runner is killed. */
  readonly ended: Promise<VirtualResult>
  kill(): void
  abort(): void
}

/** Starts the action on a machine of its own. Inputs by the names of action.yml are added to those that are needed. */
export function startVirtually(
  simulation: VirtualSimulation,
  more: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): VirtualRun {
  const inputs: Readonly<Record<string, string>> = {
    phase: 'upgrade',
    inventory: stringify(simulation.inventory()),
    version: 'v1.37.1',
    'ssh-known-hosts': [...simulation.cluster.machines.values()]
      .map(({ address }) => `${address} ${hostKey}\n`)
      .join(''),
    ...more,
  }
  const parsed = readInputs({
    getInput: (name) => (inputs[name] ?? '').trim(),
    mask: () => undefined,
    env: { SSH_AUTH_SOCK: '/nowhere', GITHUB_WORKSPACE: '/nowhere', ...env },
  })
  const runner = simulation.runner()
  const recorder = new Recorder(runner.clock)
  let aborted = false
  const lines: string[] = []
  const log = keepingLog(lines, () => simulation.time.now())
  const run = runOf(parsed, {
    connector: runner,
    recorder,
    log,
    github: undefined,
    aborted: () => aborted,
    clock: runner.clock,
    // The word is random otherwise, and a seed has to give the same run.
    lockJob: `job${++simulation.runs}`,
  })
  const killed = Promise.withResolvers<undefined>()
  const toItsEnd = async (): Promise<VirtualResult> => {
    const ending = await Promise.race([runPhase(run).catch(asFailure), killed.promise])
    const report =
      ending && reportOf({ phase: parsed.phase, recorder, ending, finishedAt: runner.clock.now() })
    runner.kill()
    const failure = typeof ending === 'object' ? ending : undefined
    if (report?.failure !== undefined)
      lines.push(`${report.failure.reason}: ${report.failure.message}\n${report.failure.seen ?? ''}`)
    return { report, failure, log: lines.join('\n') }
  }
  const kill = (): void => {
    lines.push('--- the runner is killed')
    runner.kill()
    killed.resolve(undefined)
  }
  return { runner, kill, ended: toItsEnd(), abort: () => (aborted = true) }
}

/** Runs the action to its end, as time passes. */
export function runVirtually(
  simulation: VirtualSimulation,
  more: Readonly<Record<string, string>> = {},
): Promise<VirtualResult> {
  const run = startVirtually(simulation, more)
  simulation.killRunner = () => run.kill()
  return simulation.time.runUntil(run.ended, limit)
}

/** Never used: nobody connects. */
const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'

function keepingLog(lines: string[], now: () => number): Log {
  const stamp = (): string => new Date(now()).toISOString().slice(11, 19)
  return {
    info: (line) => void lines.push(`${stamp()} ${line}`),
    output: (node, text) => void lines.push(`${stamp()} ${node} | ${text.trimEnd()}`),
    group: (title, action) => {
      lines.push(`${stamp()} == ${title}`)
      return action()
    },
  }
}
