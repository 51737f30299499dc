import pLimit from 'p-limit'
import { asFailure, Failure, type FailureReason } from '../failure.ts'
import { NoExitCode, type Executed } from './channel.ts'
import type { IdleLinks } from './idle.ts'
import type { Line } from './line.ts'
import type { Limits } from './link.ts'
import { framePowerShell, powershellCommand } from './powershell.ts'
import type { Output, Remote, RunOptions, Script, ShellName } from './remote.ts'
import { Sessions } from './sessions.ts'
import { frame, type Framed } from './shell.ts'
import { sudoWithPassword, withoutPrompt } from './sudo.ts'

/** What a Remote over SSH shares with those of other nodes. */
export interface RemoteOptions {
  readonly limits: Pick<Limits, 'channels' | 'output'>
  readonly idle: IdleLinks
  /** Password for sudo, where it asks for one. */
  readonly sudoPassword?: string | undefined
}

/** Scripts on one node, whoever speaks SSH to it. */
export class SshRemote implements Remote {
  readonly node: string
  readonly shell: ShellName
  private readonly sessions: Sessions
  private readonly shared: RemoteOptions
  private readonly slot: ReturnType<typeof pLimit>
  private running = 0

  constructor(node: string, newLine: () => Line, shared: RemoteOptions, shell: ShellName = 'sh') {
    this.node = node
    this.shell = shell
    this.sessions = new Sessions(newLine)
    this.shared = shared
    this.slot = pLimit(shared.limits.channels)
  }

  async run(script: Script, options: RunOptions = {}): Promise<Output> {
    if ((script.shell ?? 'sh') !== this.shell)
      throw new Error(`${script.name} is no script for ${this.node}, which runs ${this.shell}`)
    const framed =
      this.shell === 'sh' ? frame(script.text, options.args) : framePowerShell(script, options.args)
    const timeout = options.timeout ?? 60_000
    this.shared.idle.use(this.sessions)
    this.running++
    try {
      return await this.slot(async () =>
        this.finish(script, framed, await this.execute(script, framed, timeout, options.reads === true)),
      )
    } finally {
      if (--this.running === 0) this.shared.idle.rest(this.sessions)
    }
  }

  close(): void {
    this.sessions.close()
  }

  private async execute(script: Script, framed: Framed, timeout: number, reads: boolean): Promise<Executed> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.sessions.execute(this.command(), {
          stdin: framed.stdin,
          password: this.password(),
          timeout,
          limit: this.shared.limits.output,
        })
      } catch (error) {
        if (!(error instanceof NoExitCode)) throw this.ofThisNode(asFailure(error))
        // The connection went before the script was sent, or the script only reads: nothing is done twice.
        const harmless = error.kind === 'not-begun' || (error.kind === 'lost' && reads)
        if (harmless && attempt < 3) continue
        throw this.noOutcome(script, error, timeout)
      }
    }
  }

  /** The only commands that are ever sent, so that the login shell's syntax does not matter. */
  private command(): string {
    if (this.shell === 'powershell') return powershellCommand
    if (this.sessions.endpoint.user === 'root') return '/bin/sh -s'
    return this.password() === undefined ? 'sudo -n /bin/sh -s' : sudoWithPassword
  }

  private password(): string | undefined {
    if (this.shell === 'powershell') return undefined
    return this.sessions.endpoint.user === 'root' ? undefined : this.shared.sudoPassword
  }

  private finish(script: Script, framed: Framed, done: Executed): Output {
    const stdout = framed.unframe(done.stdout)
    if (stdout === undefined) throw this.neverBegan(script, done)
    const stderr = framed.unframe(done.stderr) ?? done.stderr
    return { code: done.code, stdout: this.text(stdout), stderr: this.text(stderr) }
  }

  /** Windows ends lines with two characters. */
  private text(bytes: Buffer): string {
    const text = bytes.toString('utf8')
    return this.shell === 'powershell' ? text.replaceAll('\r\n', '\n') : text
  }

  private neverBegan(script: Script, done: Executed): Failure {
    const { user, host } = this.sessions.endpoint
    const said = withoutPrompt(`${done.stderr.toString('utf8')}\n${done.stdout.toString('utf8')}`)
    const lines = said.split('\n').filter((line) => line.trim() !== '')
    const details = {
      node: this.node,
      seen: [...lines.slice(-5), `exit code ${done.code}`].join('\n').trim(),
    }
    if (this.shell === 'powershell') {
      return new Failure(
        'authentication-failed',
        `${user}@${host} is logged in, but PowerShell does not run.`,
        {
          ...details,
          next: `Check that ${host} runs Windows, as the inventory says (os: windows), and that powershell.exe is in the PATH of sshd's sessions.`,
        },
      )
    }
    if (user === 'root') {
      return new Failure('authentication-failed', `root@${host} is logged in, but gets no shell.`, {
        ...details,
        next: `Check the login shell of root on ${host}, and that its start-up files neither exit nor read stdin.`,
      })
    }
    return new Failure('authentication-failed', `${user}@${host} cannot become root for ${script.name}.`, {
      ...details,
      next:
        this.password() === undefined
          ? `Allow sudo without a password, in /etc/sudoers.d on ${host}: ${user} ALL=(root) NOPASSWD: ALL; or set ssh-sudo-password.`
          : `Check ssh-sudo-password, and that ${user} may run /bin/sh by sudo on ${host}.`,
    })
  }

  private noOutcome(script: Script, error: NoExitCode, timeout: number): Failure {
    const { host } = this.sessions.endpoint
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
