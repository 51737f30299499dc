import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyPair } from '../sim/keys.ts'
import type { Cluster } from '../sim/model/cluster.ts'
import { installAct, runAct, type ActRun } from './act.ts'
import { names } from './expect.ts'
import { Repository } from './repository.ts'

/** The version that is upgraded to, of those that the simulator offers. */
export const target = 'v1.37.1'

/** What a repository has to hold of a cluster, and its secrets. */
export interface ClusterAccess {
  readonly inventory: string
  readonly privateKey: string
  readonly knownHosts: string
  readonly maxUnavailable: number
  readonly policy?: string
}

/** A repository with the manual caller, and the cluster that its workflows reach. */
export class ActWorld {
  readonly repository: Repository
  readonly artifacts: string
  private readonly secrets: Readonly<Record<string, string>>
  private readonly pages: string | undefined
  private runs = 0

  /**
   * @param folder empty, and the caller's to remove
   * @param pages where the summaries and logs of all runs are kept for people
   */
  constructor(folder: string, cluster: ClusterAccess, pages?: string) {
    const { inventory, privateKey, knownHosts, maxUnavailable, policy = '' } = cluster
    this.artifacts = join(folder, 'artifacts')
    this.pages = pages
    this.repository = new Repository(join(folder, 'repository'), ['manual.yml'], maxUnavailable)
    this.repository.write('clusters/prod.yaml', inventory)
    this.repository.edit('manual.yml', { 'max-unavailable': String(maxUnavailable), policy })
    this.repository.commit('Copy the example')
    this.secrets = { SSH_PRIVATE_KEY: privateKey, SSH_KNOWN_HOSTS: knownHosts }
  }

  /** Starts the caller as a person would, with these choices; or, at a later attempt, the last run again. */
  dispatch(
    inputs: Readonly<Record<string, string>>,
    prefix: readonly string[] = [],
    attempt = 1,
  ): Promise<ActRun> {
    const { repository, artifacts, secrets } = this
    if (attempt === 1) this.runs++
    const choices = { cluster: 'prod', 'dry-run': 'false', ...inputs }
    return runAct(installAct(), {
      repository: repository.folder,
      workflow: 'manual.yml',
      inputs: choices,
      secrets,
      artifacts,
      prefix,
      runId: this.runs,
      attempt,
    })
  }

  /** Keeps what people would see of a run, under a name: summaries, the files of the artifacts, the log. */
  keep(name: string, run: ActRun): void {
    if (this.pages === undefined) return
    const folder = join(this.pages, name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'log.txt'), run.log)
    for (const [at, { summary }] of run.jobs.entries())
      if (summary !== '')
        writeFileSync(join(folder, `${names(run)[at]?.replace(' ', '-') ?? ''}.md`), summary)
    if (existsSync(this.artifacts)) cpSync(this.artifacts, join(folder, 'artifacts'), { recursive: true })
  }

  /** A file of an artifact; '' when it is not there. */
  artifact(name: string, file: string): string {
    const path = join(this.artifacts, name, file)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
}

/** A simulated cluster, whichever way its machines are played. */
export interface SimulatedNodes {
  readonly cluster: Cluster
  readonly userKey: KeyPair
  inventory(): string
  knownHosts(): string
  stop(): Promise<void>
}

export interface StoryOptions {
  readonly maxUnavailable: number
  readonly pages?: string | undefined
}

/** Plays `story` with a simulated cluster that `start` makes in a folder, and takes everything away again. */
export async function onSimulatedNodes<T extends SimulatedNodes>(
  start: (folder: string) => Promise<T>,
  { maxUnavailable, pages }: StoryOptions,
  story: (world: ActWorld, simulation: T) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-act-'))
  const simulation = await start(join(folder, 'nodes'))
  simulation.cluster.maxUnavailable = maxUnavailable
  try {
    const access = {
      inventory: simulation.inventory(),
      privateKey: simulation.userKey.privateKey,
      knownHosts: simulation.knownHosts(),
      maxUnavailable,
    }
    await story(new ActWorld(folder, access, pages), simulation)
  } finally {
    await simulation.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
