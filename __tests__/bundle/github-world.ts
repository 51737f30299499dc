import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GitHubStandIn } from '../github/stand-in.ts'
import type { ActionResult, Inputs, World } from './run-action.ts'

/** Where a run comes from. */
export interface Origin {
  /** KUBEADM_UPGRADE_ENVIRONMENT. */
  readonly environment?: string
  /** A pull request of the own repository, of a fork, or of the own repository by Dependabot. */
  readonly pullRequest?: 'own' | 'fork' | 'dependabot'
  readonly event?: string
}

let events = 0

/** Runs a phase as a step of a job on GitHub, with the stand-in as its API. */
export function runOnGitHub(
  world: World,
  github: GitHubStandIn,
  phase: string,
  { environment, pullRequest, event = 'pull_request' }: Origin,
  inputs: Inputs = {},
): Promise<ActionResult> {
  const folder = join(world.simulation.folder, 'events')
  const file = join(folder, `${++events}.json`)
  mkdirSync(folder, { recursive: true })
  const head = pullRequest === 'fork' ? 'stranger/clusters' : github.repository
  const repositories = {
    head: { repo: { full_name: head } },
    base: { repo: { full_name: github.repository } },
  }
  writeFileSync(
    file,
    JSON.stringify(pullRequest === undefined ? {} : { pull_request: { number: 7, ...repositories } }),
  )
  const env = {
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: github.repository,
    GITHUB_RUN_ID: '4711',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: pullRequest === 'dependabot' ? 'dependabot[bot]' : 'ann',
    GITHUB_EVENT_NAME: pullRequest === undefined ? 'workflow_dispatch' : event,
    GITHUB_EVENT_PATH: file,
    ...(environment !== undefined && { KUBEADM_UPGRADE_ENVIRONMENT: environment }),
  }
  return world.run(phase, { 'github-token': github.token, ...inputs }, { env })
}
