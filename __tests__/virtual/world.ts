import { stringify } from 'yaml'
import { isCordoned } from '../../lab/sim/model/workloads.ts'
import { startVirtually, type VirtualResult, type VirtualRun } from '../../lab/sim/virtual/action.ts'
import { VirtualSimulation, type VirtualOptions } from '../../lab/sim/virtual/world.ts'
import type { Report } from '../../src/report/model.ts'

/** The version that these tests upgrade to, from the simulator's default. */
export const target = 'v1.37.1'

/** Milliseconds of the simulation. */
const limit = 6 * 3_600_000

type Variables = Readonly<Record<string, string>>

/** Variables of a job of a workflow run. */
export function job(run: string): Variables {
  return {
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'ops/cluster',
    GITHUB_RUN_ID: run,
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'ann',
  }
}

/**
 * A simulated cluster and the action on virtual time, in this process: for what an upgrade decides and does, where SSH, a real
 * shell, signals and the bundle are not in question. Those are in ../bundle.
 */
export class World {
  readonly simulation: VirtualSimulation

  constructor(options: VirtualOptions) {
    this.simulation = new VirtualSimulation({ offered: ['v1.36.4', target, 'v1.37.2'], ...options })
  }

  /** Starts a run; time passes in `until` and `run`. */
  begin(phase: string, inputs: Variables = {}, env: Variables = {}): VirtualRun {
    const run = startVirtually(this.simulation, { phase, ...inputs }, env)
    this.simulation.killRunner = () => run.kill()
    return run
  }

  /** Runs a phase to its end. */
  async run(phase: string, inputs: Variables = {}, env: Variables = {}): Promise<VirtualResult> {
    return this.until(this.begin(phase, inputs, env).ended)
  }

  /** Lets time pass until something has come. */
  until<T>(goal: Promise<T>): Promise<T> {
    return this.simulation.time.runUntil(goal, limit)
  }

  /** Lets seconds pass. */
  pass(seconds: number): Promise<void> {
    return this.until(this.simulation.time.wait(seconds * 1000))
  }

  /** Comes with the first command from now on that has this text in its line. */
  atCommand(text: string, node?: string): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.simulation.onCommand(({ line, machine }) => {
        if (!line.includes(text) || (node !== undefined && machine.name !== node)) return undefined
        stop()
        resolve()
        return undefined
      })
    })
  }

  /** How many pods of the service `web` its budget wants: 2 lets none of them go, 1 lets one. */
  webNeeds(minAvailable: 1 | 2): void {
    this.simulation.cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable } })
  }

  /** Nodes with pods of the service `web`, in order. */
  get withWeb(): string[] {
    const pods = this.simulation.cluster.pods.filter(({ owner }) => owner === 'web')
    return [...new Set(pods.map(({ node }) => node ?? ''))].toSorted()
  }

  /** Who holds the lock of the cluster; empty: nobody. */
  get holder(): unknown {
    const lease = this.simulation.cluster.store.find('Lease', 'kube-system', 'kubeadm-upgrade')
    return lease?.spec?.['holderIdentity']
  }

  kubelet(name: string): string {
    return this.simulation.cluster.machine(name).kubelet.reportedVersion
  }

  isCordoned(name: string): boolean {
    return isCordoned(this.simulation.cluster, name)
  }

  /** Text of the inventory; `edit` gets its nodes. */
  inventory(edit: <T>(nodes: T[]) => T[]): string {
    const all = this.simulation.inventory() as { nodes: unknown[] }
    return stringify({ ...all, nodes: edit(all.nodes) })
  }
}

/** The report of a run that was not killed. */
export function reportOf({ report, log }: VirtualResult): Report {
  if (report === undefined) throw new Error(`The runner was killed:\n${log}`)
  return report
}

/** What a run came to, in short: `upgraded`, or the reason and the words of its failure. */
export function cameTo(result: VirtualResult): string {
  const { failure, result: word } = reportOf(result)
  if (failure === undefined) return word
  return [`${failure.reason}: ${failure.message}`, failure.seen, failure.next].filter(Boolean).join('\n')
}
