import pLimit from 'p-limit'
import type { Clock } from '../clock.ts'
import { asFailure, Failure, type FailureReason } from '../failure.ts'
import { execute, NoExitCode, type Executed } from './channel.ts'
import type { Access, Endpoint } from './dial.ts'
import { IdleLinks } from './idle.ts'
import { createGate, defaultLimits, Link, type Limits, type Shared } from './link.ts'
import type { Output, Remote, RunOptions, Script } from './remote.ts'
import { frame, type Framed } from './shell.ts'

/** A node and the way to it. */
export interface Target extends Endpoint {
  /** Name of the Node object. */
  readonly node: string
  /** Servers to go through, the first is the one that the runner reaches. */
  readonly jump?: readonly Endpoint[]
}

export interface ConnectorOptions extends Access {
  readonly clock: Clock
  /** Gets a line for people about what the connections do, such as a reconnect. */
  readonly log?: (line: string) => void
  readonly limits?: Partial<Limits>
}

/** Gives the connections of a run and ends them all. */
export interface Connector {
  /** The same Remote for the same node each time; nothing is connected before its first `run`. */
  remote(target: Target): Remote
  close(): void
}

/**
 * Makes SSH connections: one per node and one per jump host, whoever goes through it.
 * @throws {Failure} `invalid-input` when there is neither a key nor an agent
 */
export function createConnector(options: ConnectorOptions): Connector {
  if (options.privateKey === undefined && options.agent === undefined) {
    throw new Failure('invalid-input', 'There is no key to log in with: ssh-private-key is empty.', {
      next: 'Set ssh-private-key, or start an SSH agent and pass SSH_AUTH_SOCK on.',
    })
  }
  const limits = { ...defaultLimits, ...options.limits }
  const shared: Shared = {
    access: options,
    clock: options.clock,
    log: options.log ?? (() => undefined),
    limits,
    gate: createGate(limits),
    idle: new IdleLinks(limits.idle),
  }
  const jumps = new Map<string, Link>()
  const remotes = new Map<string, Remote>()

  const jumpLink = (chain: readonly Endpoint[]): Link | undefined => {
    const last = chain.at(-1)
    if (last === undefined) return undefined
    const key = JSON.stringify(chain.map(({ user, host, port }) => [user, host, port]))
    const link = jumps.get(key) ?? new Link(last, jumpLink(chain.slice(0, -1)), shared)
    jumps.set(key, link)
    return link
  }

  return {
    remote(target) {
      const known = remotes.get(target.node)
      if (known !== undefined) return known
      const link = new Link(target, jumpLink(target.jump ?? []), shared)
      const remote = new SshRemote(target.node, link, shared)
      remotes.set(target.node, remote)
      return remote
    },
    close() {
      for (const remote of remotes.values()) remote.close()
      for (const link of jumps.values()) link.close()
    },
  }
}

class SshRemote implements Remote {
  readonly node: string
  private readonly link: Link
  private readonly shared: Shared
  private readonly slot: ReturnType<typeof pLimit>
  private running = 0

  constructor(node: string, link: Link, shared: Shared) {
    this.node = node
    this.link = link
    this.shared = shared
    this.slot = pLimit(shared.limits.channels)
  }

  async run(script: Script, options: RunOptions = {}): Promise<Output> {
    const framed = frame(script.text, options.args)
    const timeout = options.timeout ?? 60_000
    this.shared.idle.use(this.link)
    this.running++
    try {
      return await this.slot(async () =>
        this.finish(script, framed, await this.execute(script, framed, timeout)),
      )
    } finally {
      if (--this.running === 0) this.shared.idle.rest(this.link)
    }
  }

  close(): void {
    this.link.close()
  }

  private async execute(script: Script, framed: Framed, timeout: number): Promise<Executed> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.link.client().catch((error: unknown) => {
        throw this.ofThisNode(asFailure(error))
      })
      try {
        return await execute(client, this.command(), {
          stdin: framed.stdin,
          timeout,
          limit: this.shared.limits.output,
        })
      } catch (error) {
        if (!(error instanceof NoExitCode)) throw error
        // The connection went before the script was sent: trying again cannot run it twice.
        if (error.kind === 'not-begun' && attempt < 3) continue
        throw this.noOutcome(script, error, timeout)
      }
    }
  }

  /** The only two commands that are ever sent, so that the login shell's syntax does not matter. */
  private command(): string {
    return this.link.endpoint.user === 'root' ? '/bin/sh -s' : 'sudo -n /bin/sh -s'
  }

  private finish(script: Script, framed: Framed, done: Executed): Output {
    const stdout = framed.unframe(done.stdout)
    if (stdout === undefined) throw this.neverBegan(script, done)
    const stderr = framed.unframe(done.stderr) ?? done.stderr
    return { code: done.code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
  }

  private neverBegan(script: Script, done: Executed): Failure {
    const { user, host } = this.link.endpoint
    const lines = `${done.stderr.toString('utf8')}\n${done.stdout.toString('utf8')}`.trim().split('\n')
    const details = {
      node: this.node,
      seen: [...lines.slice(-5), `exit code ${done.code}`].join('\n').trim(),
    }
    if (user === 'root') {
      return new Failure('authentication-failed', `root@${host} is logged in, but gets no shell.`, {
        ...details,
        next: `Check the login shell of root on ${host}, and that its start-up files neither exit nor read stdin.`,
      })
    }
    return new Failure('authentication-failed', `${user}@${host} cannot become root for ${script.name}.`, {
      ...details,
      next: `Allow sudo without a password, in /etc/sudoers.d on ${host}: ${user} ALL=(root) NOPASSWD: ALL`,
    })
  }

  private noOutcome(script: Script, error: NoExitCode, timeout: number): Failure {
    const { host } = this.link.endpoint
    const [reason, message] = noOutcomeText(error.kind, script.name, host, timeout)
    const next = 'Run the same phase again: it looks at the node first and does only what is missing.'
    return new Failure(reason, message, { node: this.node, seen: error.message, next, cause: error })
  }

  /** The failure of a jump host is shared by all nodes behind it; each tells it with its own name. */
  private ofThisNode(failure: Failure): Failure {
    const { reason, message, step, seen, next } = failure
    return new Failure(reason, message, { node: this.node, step, seen, next, cause: failure })
  }
}

function noOutcomeText(
  kind: NoExitCode['kind'],
  script: string,
  host: string,
  timeout: number,
): [FailureReason, string] {
  switch (kind) {
    case 'timeout':
      return [
        'connection-lost',
        `No answer of ${script} on ${host} within ${timeout / 1000} s; the outcome is unknown.`,
      ]
    case 'too-much-output':
      return ['internal-error', `${script} on ${host} printed more than can be held.`]
    case 'refused':
      return ['unreachable-node', `${host} opens no more sessions for ${script}.`]
    default:
      return [
        'connection-lost',
        `The connection to ${host} was lost during ${script}; the outcome is unknown.`,
      ]
  }
}
