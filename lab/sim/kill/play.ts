import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAction, type ActionResult } from '../action.ts'
import { version } from '../model/releases.ts'
import { Simulation } from '../simulation.ts'
import { runVirtually } from '../virtual/action.ts'
import { VirtualSimulation } from '../virtual/world.ts'
import { brokenInvariants } from './invariants.ts'
import { allPoints, countPoints, interruptAt, type Point } from './points.ts'

const target = version('v1.37.1')

/** One interrupted upgrade and the run after it. */
export interface Outcome {
  readonly point: Point
  /** What was interrupted; undefined: this upgrade did not come to the point. */
  readonly struck: string | undefined
  /** What should not be; empty: all is well. */
  readonly problems: readonly string[]
  /** Logs of both runs. */
  readonly log: string
}

/** Where an upgrade of three control plane nodes and three workers can be interrupted. @throws {Error} when it fails */
export async function findPoints(): Promise<Point[]> {
  const simulation = new VirtualSimulation({ controlPlanes: 3, workers: 3 })
  const counts = countPoints(simulation)
  const { failure, log } = await runVirtually(simulation)
  const problems = brokenInvariants(simulation, target)
  if (failure !== undefined || problems.length > 0)
    throw new Error(`Without any interruption: ${problems.join('; ')}\n${log}`)
  return allPoints(counts)
}

/** Interrupts an upgrade at the point, runs it once more, and looks at what it has come to; in this process. */
export async function play(point: Point): Promise<Outcome> {
  const simulation = new VirtualSimulation({ controlPlanes: 3, workers: 3 })
  const struck = interruptAt(simulation, point)
  let log = ''
  const problems: string[] = []
  try {
    const first = await runVirtually(simulation)
    log = first.log
    const second = await runVirtually(simulation)
    log += `\n\n--- again ---\n\n${second.log}`
    if (second.failure !== undefined) problems.push(`the second run: ${second.failure.reason}`)
    problems.push(...brokenInvariants(simulation, target))
  } catch (error) {
    problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  return { point, struck: struck(), problems, log }
}

/** The same with real time, SSH, shells and the bundle. */
export async function playBundle(point: Point): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-kill-'))
  const simulation = await Simulation.start({ folder, controlPlanes: 3, workers: 3, timeScale: 0.005 })
  try {
    const struck = interruptAt(simulation, point)
    const first = await runBundle(simulation)
    simulation.killRunner = () => undefined
    const second = await runBundle(simulation)
    const problems = brokenInvariants(simulation, target)
    if (second.code !== 0)
      problems.unshift(`the second run: ${second.outputs['failure-reason'] ?? 'no reason'}`)
    const killed = point.what.startsWith('runner')
    if (struck() !== undefined && killed && first.signal !== 'SIGKILL')
      problems.push('the runner ended by itself before it was killed')
    return { point, struck: struck(), problems, log: `${first.log}\n\n--- again ---\n\n${second.log}` }
  } finally {
    await simulation.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

let runs = 0

function runBundle(simulation: Simulation): Promise<ActionResult> {
  const { process, ended } = startAction({
    folder: join(simulation.folder, `step-${++runs}`),
    workspace: simulation.folder,
    inputs: simulation.inputs('upgrade', target),
  })
  simulation.killRunner = () => void process.kill('SIGKILL')
  return ended
}
