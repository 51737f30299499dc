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
  }
}
