import type { Cluster } from '../model/cluster.ts'

/** How a run ended. */
export interface Ending {
  /** `failure-reason` or `result`; `killed` when the runner was gone. */
  readonly result: string
  readonly log: string
  /** What no run may do, whatever happens around it. */
  readonly problems: readonly string[]
}

/** A run of the action that is under way. */
export interface StagedRun {
  /** The runner is gone from one moment to the next. */
  kill(): void
  /** Someone clicks Cancel. */
  cancel(): void
  readonly ended: Promise<Ending>
}

/** A simulated cluster on which random runs are played: on virtual time (virtual.ts), or in real time (bundle.ts). */
export interface Stage {
  readonly cluster: Cluster
  /** Resolves after seconds of the scenario. */
  wait(seconds: number): Promise<void>
  /** Waits for what should come soon. @throws {Error} when it does not */
  await<T>(goal: Promise<T>): Promise<T>
  /** Starts a run. @param id tells workflow runs apart */
  begin(id: string, inputs: Readonly<Record<string, string>>): StagedRun
  reboot(node: string): void
  killJobs(node: string): void
  dropConnections(node: string): void
  /** Network trouble: connections break, and nobody gets through; or it is over. */
  setUnreachable(node: string, unreachable: boolean): void
  end(): Promise<void>
}

/** The environment that tells workflow runs apart. */
export function workflowRun(id: string): Readonly<Record<string, string>> {
  return {
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'ops/cluster',
    GITHUB_RUN_ID: id,
  }
}
