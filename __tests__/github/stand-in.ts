import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { findOperation, wrongAnswer, wrongRequest, type Known } from './description.ts'
import { commentOf, environmentOf, type EnvironmentOptions, type StoredComment } from './objects.ts'

/** A request that arrived. */
export interface Asked {
  /** `GET /repos/{owner}/{repo}/environments`, or `POST /graphql`. */
  readonly route: string
  readonly body: unknown
}

/** An answer instead of the usual one. */
export interface Refusal {
  readonly status: number
  readonly message?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How many requests get it. Default: all. */
  readonly times?: number
}

interface Reply {
  readonly status: number
  readonly answer: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * GitHub's API on loopback, for one repository. Requests and answers are checked with GitHub's own description; what is wrong
 * with them is in `violations`, which a test expects to be empty.
 */
export class GitHubStandIn {
  readonly repository = 'ops/clusters'
  readonly token = 'ghs_stand-in-token'
  readonly asked: Asked[] = []
  readonly violations: string[] = []
  readonly comments: StoredComment[] = []
  /** Who the token belongs to. */
  login = 'github-actions[bot]'
  private readonly environments = new Map<string, EnvironmentOptions>()
  private readonly refusals: (Refusal & { pattern: RegExp; left: number })[] = []
  private readonly server: Server

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response))
  }

  static async start(): Promise<GitHubStandIn> {
    const standIn = new GitHubStandIn()
    await new Promise<void>((resolve) => standIn.server.listen(0, '127.0.0.1', resolve))
    return standIn
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  environment(name: string, options: EnvironmentOptions = {}): void {
    this.environments.set(name, options)
  }

  /** Somebody else's comment. */
  addComment(login: string, body: string): StoredComment {
    const comment = { id: 1000 + this.comments.length, login, body }
    this.comments.push(comment)
    return comment
  }

  /** From now on requests whose method and path match get this answer. */
  refuse(pattern: RegExp, refusal: Refusal): void {
    this.refusals.push({ ...refusal, pattern, left: refusal.times ?? Infinity })
  }

  /** As if nothing had been asked and nothing were there. */
  reset(): void {
    for (const list of [this.asked, this.violations, this.comments, this.refusals]) list.length = 0
    this.environments.clear()
    this.login = 'github-actions[bot]'
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url)
    const method = request.method ?? ''
    const known = findOperation(method, pathname)
    this.asked.push({ route: known?.route ?? `${method} ${pathname}`, body })
    const allowed = request.headers.authorization === `token ${this.token}`
    const { status, answer, headers } = !allowed
      ? { status: 401, answer: problem('Bad credentials') }
      : (this.refusalOf(`${method} ${pathname}`) ?? this.answer(known, pathname, searchParams, body))
    if (known !== undefined)
      this.note(`answer ${status} to ${known.route}`, wrongAnswer(known, status, answer))
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(answer))
  }

  private refusalOf(request: string): Reply | undefined {
    const refusal = this.refusals.find(({ pattern, left }) => left > 0 && pattern.test(request))
    if (refusal === undefined) return undefined
    refusal.left--
    return { status: refusal.status, answer: problem(refusal.message ?? ''), headers: refusal.headers }
  }

  private note(where: string, wrong: readonly string[]): void {
    this.violations.push(...wrong.map((what) => `${where}: ${what}`))
  }

  /** The one query that is asked; REST has nothing like it for the token of an app. */
  private graphql(body: unknown): object {
    const { query } = body as { query: string }
    if (query !== '{viewer{login}}') this.note('POST /graphql', [`unknown query ${query}`])
    return { data: { viewer: { login: this.login } } }
  }

  private answer(known: Known | undefined, pathname: string, query: URLSearchParams, body: unknown): Reply {
    if (pathname === '/graphql') return { status: 200, answer: this.graphql(body) }
    if (known === undefined) {
      this.note(pathname, ['GitHub has no such operation, or openapi.json was made without it'])
      return { status: 404, answer: problem('Not Found') }
    }
    const { route, inPath } = known
    this.note(route, wrongRequest(known, query, body))
    const notFound = { status: 404, answer: problem('Not Found') }
    const names = [...this.environments.keys()]
    const of = (name: string): object => environmentOf(this.repository, name, this.environments.get(name))
    switch (route.slice(0, route.indexOf(' ')) + route.slice(route.indexOf('{repo}') + 6)) {
      case 'GET/environments':
        return { status: 200, answer: { total_count: names.length, environments: names.map(of) } }
      case 'GET/environments/{environment_name}': {
        const name = inPath['environment_name'] ?? ''
        return names.includes(name) ? { status: 200, answer: of(name) } : notFound
      }
      case 'GET/issues/{issue_number}/comments': {
        const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 30)]
        const shown = this.comments.slice((page - 1) * size, page * size)
        return { status: 200, answer: shown.map((comment) => commentOf(this.repository, comment)) }
      }
      case 'POST/issues/{issue_number}/comments': {
        const comment = this.addComment(this.login, (body as { body: string }).body)
        return { status: 201, answer: commentOf(this.repository, comment) }
      }
      case 'PATCH/issues/comments/{comment_id}': {
        const comment = this.comments.find(({ id }) => String(id) === inPath['comment_id'])
        if (comment === undefined) return notFound
        comment.body = (body as { body: string }).body
        return { status: 200, answer: commentOf(this.repository, comment) }
      }
      default:
        return notFound
    }
  }
}

function problem(message: string): object {
  return { message, documentation_url: 'https://docs.github.com/rest', status: '' }
}
