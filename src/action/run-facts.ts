import { readFileSync } from 'node:fs'

/** The pull request that a run was started by. */
export interface PullRequest {
  readonly number: number
  /** Whether it comes from another repository or from Dependabot: such runs get no secrets and a token that only reads. */
  readonly untrusted: boolean
}

/** What the runner says about the run, for locks, reports and links; all undefined outside of GitHub Actions. */
export interface RunFacts {
  /** GITHUB_WORKSPACE: the folder that paths in inputs start from. */
  readonly workspace: string | undefined
  /** The page of this attempt. */
  readonly url: string | undefined
  /** `owner/name`. */
  readonly repository: string | undefined
  readonly runId: string | undefined
  /** 1 for the first attempt; re-runs count up. */
  readonly attempt: string | undefined
  /** Who started the run. */
  readonly actor: string | undefined
  /** GITHUB_API_URL: other than github.com's on GitHub Enterprise Server. */
  readonly apiUrl: string | undefined
  /** KUBEADM_UPGRADE_ENVIRONMENT: the environment that the control plane is upgraded under, as the workflow says. */
  readonly environment: string | undefined
  /** The pull request that started the run. */
  readonly pullRequest: PullRequest | undefined
}

/** Reads the variables that every runner sets; https://docs.github.com/actions/reference/workflows-and-actions/variables */
export function readRunFacts(env: Readonly<Record<string, string | undefined>>): RunFacts {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name])
  const [server, repository, runId] = [
    read('GITHUB_SERVER_URL'),
    read('GITHUB_REPOSITORY'),
    read('GITHUB_RUN_ID'),
  ]
  const attempt = read('GITHUB_RUN_ATTEMPT')
  const known = server !== undefined && repository !== undefined && runId !== undefined
  const page = known ? `${server}/${repository}/actions/runs/${runId}` : undefined
  const url = page === undefined || attempt === undefined ? page : `${page}/attempts/${attempt}`
  return {
    workspace: read('GITHUB_WORKSPACE'),
    url,
    repository,
    runId,
    attempt,
    actor: read('GITHUB_TRIGGERING_ACTOR') ?? read('GITHUB_ACTOR'),
    apiUrl: read('GITHUB_API_URL'),
    environment: read('KUBEADM_UPGRADE_ENVIRONMENT'),
    pullRequest: readPullRequest(read('GITHUB_EVENT_NAME'), read('GITHUB_EVENT_PATH'), read('GITHUB_ACTOR')),
  }
}

/** The part of the event's payload that is used; https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request */
interface Payload {
  readonly pull_request?: {
    readonly number?: unknown
    readonly head?: { readonly repo?: { readonly full_name?: unknown } | null }
    readonly base?: { readonly repo?: { readonly full_name?: unknown } }
  }
}

function readPullRequest(
  event: string | undefined,
  file: string | undefined,
  actor: string | undefined,
): PullRequest | undefined {
  if (event === undefined || !/^pull_request(_target)?$/.test(event) || file === undefined) return undefined
  const { pull_request: pull } = JSON.parse(readFileSync(file, 'utf8')) as Payload
  if (typeof pull?.number !== 'number') return undefined
  // A fork that was deleted has no repository any more.
  const own = pull.head?.repo?.full_name === pull.base?.repo?.full_name && pull.base?.repo !== undefined
  return { number: pull.number, untrusted: event === 'pull_request' && (!own || actor === 'dependabot[bot]') }
}
