import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  cancelAction,
  startAction,
  stateOf,
  type ActionOptions,
  type ActionResult,
  type RunningAction,
} from '../action.ts'
import { version } from '../model/releases.ts'
import { Simulation } from '../simulation.ts'
import { nominalLength, type Scenario } from './scenario.ts'
import { workflowRun, type Ending, type Stage, type StagedRun } from './stage.ts'

const target = version('v1.37.1')
/** Seconds of a simulated node for a second of a real one. */
const timeScale = 0.005
/** Milliseconds after which what should have come is given up. */
const limit = 15 * 60_000
/** No node is watched for so long as a real one needs; a dead run's lock is waited for that many seconds. */
const timeouts = 'timeouts:\n  settle: 0s\n  lock: 10s\n'

/**
 * In real time, with dist/index.js, SSH and real shells. A seed gives the same faults at the same part of the upgrade; what
 * they meet there may differ.
 * @param pace real seconds for a second of the scenario
 */
export async function bundleStage(
  shape: Pick<Scenario, 'controlPlanes' | 'workers'>,
  pace: number,
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-random-'))
  const { controlPlanes, workers } = shape
  const simulation = await Simulation.start({ folder, controlPlanes, workers, timeScale })
  const begun = new Set<RunningAction>()
  return {
    cluster: simulation.cluster,
    wait: (seconds) => sleep(seconds * pace * 1000),
    await: inTime,
    begin: (id, inputs) => startStep(simulation, id, inputs, begun),
    reboot: (node) => simulation.reboot(node),
    killJobs: (node) => simulation.node(node).killJobs(),
    dropConnections: (node) => simulation.node(node).dropConnections(),
    setUnreachable(name, unreachable) {
      const node = simulation.node(name)
      node.faults.hangUp = unreachable ? Infinity : 0
      if (unreachable) node.dropConnections()
    },
    async end() {
      for (const { process } of begun) process.kill('SIGKILL')
      await Promise.all([...begun].map(({ ended }) => ended))
      await simulation.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Real seconds for a second of a scenario, by an upgrade in which nothing goes wrong. @throws {Error} when it fails */
export async function measurePace(): Promise<number> {
  const shape = { controlPlanes: 3, workers: 3 }
  const stage = await bundleStage(shape, 0)
  try {
    const began = Date.now()
    const { result, log } = await stage.await(stage.begin('pace', {}).ended)
    if (result !== 'upgraded') throw new Error(`Without any fault: ${result}\n${log}`)
    return (Date.now() - began) / 1000 / nominalLength(shape)
  } finally {
    await stage.end()
  }
}

/** One step of a workflow, and the `post` run after it. */
function startStep(
  simulation: Simulation,
  id: string,
  { policy = '', ...inputs }: Readonly<Record<string, string>>,
  begun: Set<RunningAction>,
): StagedRun {
  const start = (env: Readonly<Record<string, string>>, name: string): RunningAction => {
    const options: ActionOptions = {
      folder: join(simulation.folder, name),
      workspace: simulation.folder,
      inputs: { ...simulation.inputs('upgrade', target), ...inputs, policy: `${policy}${timeouts}` },
      env: { ...workflowRun(id), ...env },
    }
    const action = startAction(options)
    begun.add(action)
    void action.ended.finally(() => begun.delete(action))
    return action
  }
  const action = start({}, `run-${id}`)
  let killed = false
  const toItsEnd = async (): Promise<Ending> => {
    const result = await action.ended
    if (killed) return { result: 'killed', log: result.log, problems: [] }
    const post = await start(stateOf(result), `post-${id}`).ended
    return {
      result: whatCameOf(result),
      log: `${result.log}\n--- post: ${post.log}`,
      problems: [...wrongAtTheEnd(result), ...(post.code === 0 ? [] : [`post of run ${id} failed`])],
    }
  }
  return {
    kill() {
      killed = true
      action.process.kill('SIGKILL')
    },
    cancel: () => cancelAction(action),
    ended: toItsEnd(),
  }
}

function whatCameOf({ outputs }: ActionResult): string {
  const { 'failure-reason': reason = '', result = 'killed' } = outputs
  return reason === '' ? result : reason
}

/** A step that was not killed ends by itself, cancelled or not, and says what came of it. */
function wrongAtTheEnd({ signal, outputs, summary, log }: ActionResult): string[] {
  // Cancelled before it could do anything: there is nothing to tell.
  if (signal === 'SIGINT' && log === '') return []
  if (signal !== null) return [`a run did not end by itself, but by ${signal}`]
  return [
    ...(outputs['result'] === undefined ? ['a run left no result'] : []),
    ...(summary === '' ? ['a run left no summary'] : []),
  ]
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

async function inTime<T>(goal: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Not at an end after ${limit / 60_000} minutes of real time.`)),
      limit,
    )
  })
  try {
    return await Promise.race([goal, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
