import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Simulation, type SimulationOptions } from '../sim/simulation.ts'
import { CheckFailed, truthy } from '../test/check.ts'
import { installAct, runAct, type ActRun, type JobRun } from './act.ts'
import { Repository } from './repository.ts'

/** The version that is upgraded to, of those that the simulator offers. */
export const target = 'v1.37.1'

/** A repository with the manual caller, and the cluster that its workflows reach. */
export class ActWorld {
  readonly repository: Repository
  readonly artifacts: string
  private readonly secrets: Readonly<Record<string, string>>

  /** @param folder empty, and the caller's to remove */
  constructor(folder: string, cluster: { inventory: string; privateKey: string; knownHosts: string }) {
    this.artifacts = join(folder, 'artifacts')
    this.repository = new Repository(join(folder, 'repository'), ['manual.yml'])
    this.repository.write('clusters/prod.yaml', cluster.inventory)
    this.secrets = { SSH_PRIVATE_KEY: cluster.privateKey, SSH_KNOWN_HOSTS: cluster.knownHosts }
  }

  /** Starts the caller as a person would, with these choices. */
  dispatch(inputs: Readonly<Record<string, string>>, prefix: readonly string[] = []): Promise<ActRun> {
    const { repository, artifacts, secrets } = this
    const choices = { cluster: 'prod', 'dry-run': 'false', ...inputs }
    return runAct(installAct(), {
      repository: repository.folder,
      workflow: 'manual.yml',
      inputs: choices,
      secrets,
      artifacts,
      prefix,
    })
  }

  /** A file of an artifact; '' when it is not there. */
  artifact(name: string, file: string): string {
    const path = join(this.artifacts, name, file)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
}

/** Plays `story` with a simulated cluster, and takes everything away again. */
export async function onSimulatedNodes(
  options: Omit<SimulationOptions, 'folder'>,
  story: (world: ActWorld, simulation: Simulation) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-act-'))
  const simulation = await Simulation.start({ folder: join(folder, 'nodes'), ...options })
  try {
    const world = new ActWorld(folder, {
      inventory: simulation.inventory(),
      privateKey: simulation.userKey.privateKey,
      knownHosts: simulation.knownHosts(),
    })
    await story(world, simulation)
  } finally {
    await simulation.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `plan`, `workers w1`: the jobs of a run in the order in which they began. */
export function names(run: ActRun): string[] {
  return run.jobs.map(({ id, matrix }) => [id, matrix['batch']].filter(Boolean).join(' '))
}

/** The job of a run that is called so. */
export function jobOf(run: ActRun, name: string): JobRun {
  const job = run.jobs[names(run).indexOf(name)]
  if (job === undefined)
    throw new Error(`No job ${name} among ${names(run).join(', ')}.\n${run.log.slice(-3000)}`)
  return job
}

/** Expects these jobs, each with its result. */
export function expectJobs(run: ActRun, expected: Readonly<Record<string, string>>): void {
  const results = Object.fromEntries(names(run).map((name, at) => [name, run.jobs[at]?.result]))
  const wrong = run.jobs.filter((job, at) => job.result !== expected[names(run)[at] ?? ''])
  const said = wrong.map(({ id, log }) => `\n--- ${id}\n${log.join('').slice(-2000)}`)
  if (JSON.stringify(results) !== JSON.stringify(expected))
    throw new CheckFailed(
      `jobs: expected ${JSON.stringify(expected)}, got ${JSON.stringify(results)}${said.join('')}`,
    )
}

/** Every job began after those that it needs had ended. */
export function inOrder(run: ActRun): void {
  const before = { 'control-plane': ['plan'], workers: ['control-plane'], verify: ['workers'] }
  for (const [id, needed] of Object.entries(before)) {
    const first = Math.min(...run.jobs.filter((job) => job.id === id).map(({ startedAt }) => startedAt))
    const last = Math.max(...run.jobs.filter((job) => needed.includes(job.id)).map(({ endedAt }) => endedAt))
    truthy(`${id} began after ${needed.join(', ')} had ended`, first >= last)
  }
}
