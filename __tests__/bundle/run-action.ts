import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  bundle,
  startAction,
  stateOf,
  type ActionOptions,
  type ActionResult,
  type Inputs,
  type RunningAction,
} from '../../lab/sim/action.ts'
import { Simulation, type SimulationOptions } from '../../lab/sim/simulation.ts'

export { fingerprint } from '../../lab/sim/fingerprint.ts'
export type { ActionResult, Inputs }

/** Node keeps here what it has compiled: a test file starts the bundle dozens of times. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/bundle', import.meta.url))

/** The version that these tests upgrade to, from the simulator's default. */
export const target = 'v1.37.1'

/** A simulated cluster, and the built action that is run against it as a runner would. */
export class World {
  readonly simulation: Simulation
  private readonly folder: string
  private steps = 0

  private constructor(folder: string, simulation: Simulation) {
    this.folder = folder
    this.simulation = simulation
  }

  /** @throws {Error} when the bundle was not built: these tests are about the file that is shipped */
  static async start(options: Partial<SimulationOptions> = {}): Promise<World> {
    if (!existsSync(bundle)) throw new Error('dist/index.js is missing: npm run build')
    const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-bundle-'))
    return new World(folder, await Simulation.start({ folder, controlPlanes: 3, workers: 2, ...options }))
  }

  /** Runs one step to its end; `inputs` are added to those that reach the simulated cluster. */
  run(phase: string, inputs: Inputs = {}, options: Partial<ActionOptions> = {}): Promise<ActionResult> {
    return this.begin(phase, inputs, options).ended
  }

  begin(phase: string, inputs: Inputs = {}, options: Partial<ActionOptions> = {}): RunningAction {
    const { simulation } = this
    return startAction({
      folder: join(this.folder, `step-${++this.steps}`),
      workspace: this.folder,
      inputs: { ...simulation.inputs(phase, target), ...inputs },
      ...options,
      env: { NODE_COMPILE_CACHE: compiled, ...options.env },
    })
  }

  /** Runs the step once more as the runner does after the job, with the state that it left. */
  post(of: ActionResult, phase: string, options: Partial<ActionOptions> = {}): Promise<ActionResult> {
    return this.begin(phase, {}, { ...options, env: { ...options.env, ...stateOf(of) } }).ended
  }

  /** Replaces the inventory file; `edit` gets its text. */
  editInventory(edit: (text: string) => string): void {
    writeFileSync(join(this.folder, 'inventory.yaml'), edit(this.simulation.inventory()))
  }

  /** Scripts that ran on any node so far. */
  get executed(): number {
    return [...this.simulation.nodes.values()].reduce((sum, node) => sum + node.executed.length, 0)
  }

  /** Logins on any node so far. */
  get logins(): number {
    return [...this.simulation.nodes.values()].reduce((sum, node) => sum + node.logins, 0)
  }

  async end(): Promise<void> {
    await this.simulation.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The workflow commands in a log, as the runner would carry them out: name and value. */
export function workflowCommands(log: string): { name: string; value: string }[] {
  return [...log.matchAll(/^\s*::([\w-]+)(?: [^:]*)?::(.*)$|##\[([\w-]+)\](.*)$/gm)].map((found) => ({
    name: found[1] ?? found[3] ?? '',
    value: found[2] ?? found[4] ?? '',
  }))
}

/** The errors that the run's page shows, decoded. */
export function errorsOf(result: ActionResult): string[] {
  const errors = workflowCommands(result.log).filter(({ name }) => name === 'error')
  return errors.map(({ value }) => value.replaceAll('%0A', '\n').replaceAll('%25', '%'))
}
