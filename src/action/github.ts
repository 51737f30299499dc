import { getOctokit } from '@actions/github'
import type { Clock } from '../clock.ts'
import type { RunFacts } from './run-facts.ts'

/** What GitHub answered, or why there is no answer that can be used. `status` 0: no answer at all. */
export type Answer<T> = { readonly data: T } | { readonly status: number; readonly seen: string }

/** GitHub's REST API, as far as the action asks it. Nothing here throws. */
export interface GitHub {
  /** @param route method and path below `/repos/OWNER/NAME`, with parameters in braces: `GET /environments/{name}` */
  ask<T>(route: string, parameters?: Readonly<Record<string, unknown>>): Promise<Answer<T>>
  /** Login of the token's owner, `github-actions[bot]` for the token of a job. */
  login(): Promise<Answer<string>>
}

/** Milliseconds before another attempt; one more attempt than there are pauses. */
const pauses = [1000, 3000]

/** The longest that a rate limit is waited for, in milliseconds: a plan that waits an hour helps nobody. */
const longestWait = 60_000

export interface GitHubOptions {
  readonly token: string | undefined
  readonly run: RunFacts
  readonly clock: Clock
  readonly info: (line: string) => void
}

/** GitHub as the token sees it; undefined without a token, or outside of a repository's run. */
export function connectGitHub({ token, run, clock, info }: GitHubOptions): GitHub | undefined {
  const [owner, repo] = run.repository?.split('/') ?? []
  if (token === undefined || owner === undefined || repo === undefined) return undefined
  // The library's own word about deprecated or failed requests would stand in the log beside ours.
  const silent = () => undefined
  const octokit = getOctokit(token, {
    ...(run.apiUrl !== undefined && { baseUrl: run.apiUrl }),
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  const attempt = <T>(call: () => Promise<T>): Promise<Answer<T>> => patiently(call, clock, info)
  return {
    ask: (route, parameters = {}) =>
      attempt(async () => {
        const [method = '', path = ''] = route.split(' ')
        const url = `${method} /repos/{owner}/{repo}${path}`
        return (await octokit.request(url, { owner, repo, ...parameters })).data as never
      }),
    // REST tells nobody but people who they are: an app's token is refused by GET /user.
    login: () =>
      attempt(
        async () => (await octokit.graphql<{ viewer: { login: string } }>('{viewer{login}}')).viewer.login,
      ),
  }
}

/** Tries again what passes by itself: an answer 5xx, none at all, a rate limit that ends soon. */
async function patiently<T>(
  call: () => Promise<T>,
  clock: Clock,
  info: (line: string) => void,
): Promise<Answer<T>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return { data: await call() }
    } catch (error) {
      const refusal = refusalOf(error, clock.now())
      const pause = attempt < pauses.length ? (refusal.wait ?? pauses[attempt]) : undefined
      if (!refusal.passes || pause === undefined || pause > longestWait) return refusal
      info(`GitHub: ${refusal.seen}. Trying again in ${Math.ceil(pause / 1000)} s.`)
      await clock.sleep(pause)
    }
  }
}

interface Refusal {
  readonly status: number
  readonly seen: string
  /** Whether it may be gone after a while. */
  readonly passes: boolean
  /** How long GitHub wants to be left alone, in milliseconds. */
  readonly wait?: number
}

/** The part of octokit's RequestError that is used. */
interface RequestError {
  readonly status?: number
  readonly message?: string
  readonly response?: {
    readonly headers?: Readonly<Record<string, string | undefined>>
    readonly data?: { readonly message?: unknown }
  }
}

function refusalOf(error: unknown, now: number): Refusal {
  const { status, message, response } = error as RequestError
  // octokit gives 500 to a request that got no answer.
  if (status === undefined || response === undefined)
    return { status: 0, seen: `no answer (${firstLine(message ?? String(error))})`, passes: true }
  const words = typeof response.data?.message === 'string' ? `: ${firstLine(response.data.message)}` : ''
  const wait = status === 403 || status === 429 ? rateLimit(response.headers ?? {}, now) : undefined
  if (wait !== undefined) {
    const until = new Date(now + wait).toISOString().slice(11, 19)
    return { status, seen: `HTTP ${status}, rate limit until ${until} UTC`, passes: true, wait }
  }
  return { status, seen: `HTTP ${status}${words}`, passes: status >= 500 }
}

/**
 * Milliseconds until requests are allowed again; undefined: this is no rate limit.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function rateLimit(headers: Readonly<Record<string, string | undefined>>, now: number): number | undefined {
  const after = Number(headers['retry-after'])
  if (headers['retry-after'] !== undefined && after >= 0) return after * 1000
  if (headers['x-ratelimit-remaining'] !== '0') return undefined
  const reset = Number(headers['x-ratelimit-reset']) * 1000
  return Number.isFinite(reset) ? Math.max(1000, reset - now) : longestWait + 1
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 200) ?? ''
}
