import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAction, type ActionResult } from '../action.ts'
import { version } from '../model/releases.ts'
import { Simulation } from '../simulation.ts'
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
  return inSimulation(async (simulation) => {
    const counts = countPoints(simulation)
    const result = await run(simulation)
    const problems = brokenInvariants(simulation, target)
    if (result.code !== 0 || problems.length > 0)
      throw new Error(`Without any interruption: ${problems.join('; ')}\n${result.log}`)
    return allPoints(counts)
  })
}

/** Interrupts an upgrade at the point, runs it once more, and looks at what it has come to. */
export async function play(point: Point): Promise<Outcome> {
  return inSimulation(async (simulation) => {
    const struck = interruptAt(simulation, point)
    const first = await run(simulation)
    simulation.killRunner = () => undefined
    const second = await run(simulation)
    const problems = brokenInvariants(simulation, target)
    if (second.code !== 0)
      problems.unshift(`the second run: ${second.outputs['failure-reason'] ?? 'no reason'}`)
    const killed = point.what.startsWith('runner')
    if (struck() !== undefined && killed && first.signal !== 'SIGKILL')
      problems.push('the runner ended by itself before it was killed')
    return { point, struck: struck(), problems, log: `${first.log}\n\n--- again ---\n\n${second.log}` }
  })
}

let runs = 0

function run(simulation: Simulation): Promise<ActionResult> {
  const { process, ended } = startAction({
    folder: join(simulation.folder, `step-${++runs}`),
    workspace: simulation.folder,
    inputs: {
      phase: 'upgrade',
      inventory: 'inventory.yaml',
      version: target,
      'ssh-private-key': simulation.userKey.privateKey,
      'ssh-known-hosts': simulation.knownHosts(),
      'max-unavailable': '1',
      'dry-run': 'false',
    },
  })
  simulation.killRunner = () => void process.kill('SIGKILL')
  return ended
}

async function inSimulation<T>(action: (simulation: Simulation) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-kill-'))
  const simulation = await Simulation.start({ folder, controlPlanes: 3, workers: 3, timeScale: 0.005 })
  try {
    return await action(simulation)
  } finally {
    await simulation.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
