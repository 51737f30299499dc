import { randomBytes } from 'node:crypto'
import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { collect, NoExitCode, type Executed, type ExecOptions } from '../channel.ts'
import { unreachable, type Endpoint } from '../dial.ts'
import { KeptLine, type Patience } from '../line.ts'
import type { Limits, Shared } from '../link.ts'
import { explainSsh } from './explain.ts'
import type { OpenSshFiles } from './files.ts'

/** What all masters of a run share. */
export interface OpenSshShared extends Patience {
  readonly limits: Limits
  readonly gate: Shared['gate']
  readonly files: OpenSshFiles
  readonly agent: string | undefined
  /** What is offered to servers, for messages. */
  readonly tried: string
}

/** A connection of the system's ssh: a master process and the socket on which it takes commands. */
interface Master {
  readonly child: ChildProcess
  readonly socket: string
}

const ready = 'kubeadm-upgrade: connected'
/** Printed when a command found no master: it certainly did not begin. */
const noMaster = 'kubeadm-upgrade: no connection'

/**
 * A connection over the system's ssh (a ControlMaster), for what the library cannot do: certificates. With a `parent` it goes
 * through that one's connection.
 */
export class MasterLine extends KeptLine<Master> {
  private readonly parent: MasterLine | undefined
  private readonly shared: OpenSshShared

  constructor(endpoint: Endpoint, parent: MasterLine | undefined, shared: OpenSshShared) {
    super(endpoint, shared)
    this.parent = parent
    this.shared = shared
  }

  async execute(command: string, options: ExecOptions): Promise<Executed> {
    const { socket } = await this.connection()
    const child = this.ssh([
      '-S',
      socket,
      '-o',
      'ControlMaster=no',
      ...onlyMaster,
      ...this.account(),
      command,
    ])
    const trailer = new Trailer()
    const done = await collect(
      {
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        onEnd: (action) => child.once('close', (code) => action(code ?? undefined)),
        stop: () => child.kill('SIGKILL'),
      },
      { ...options, stdin: trailer.wrap(options.stdin) },
      Date.now() + options.timeout,
    )
    const kind = done.code === 255 && done.stdout.length === 0 ? notBegun(done) : undefined
    if (kind !== undefined) throw new NoExitCode(kind, done.stderr.toString('utf8').trim())
    return trailer.unwrap(done)
  }

  protected async connect(): Promise<Master> {
    const { gate } = this.shared
    const via = await this.parent?.connection()
    return gate(this.endpoint, () => this.start(via))
  }

  protected destroy({ child }: Master): void {
    child.kill('SIGTERM')
  }

  protected onceEnded({ child }: Master, action: () => void): void {
    if (child.exitCode !== null || child.signalCode !== null) action()
    else child.once('exit', action)
  }

  private start(via: Master | undefined): Promise<Master> {
    const { limits, tried, files } = this.shared
    const socket = files.socket()
    const child = this.ssh([
      ...['-M', '-N', '-S', socket, '-o', 'ControlPersist=no', '-o', 'LogLevel=DEBUG1'],
      ...['-o', 'PermitLocalCommand=yes', '-o', `LocalCommand=echo "${ready}"`],
      ...this.trust(),
      ...(via === undefined ? [] : ['-o', `ProxyCommand=${this.through(via)}`]),
      ...this.account(),
    ])
    child.stdin.on('error', () => undefined)
    let said = ''
    let heard = ''
    return new Promise((resolve, reject) => {
      const late = (): void => {
        child.kill('SIGKILL')
        reject(unreachable(this.endpoint, 'the SSH handshake was not finished in time'))
      }
      const timer = setTimeout(late, limits.connectTimeout)
      // Read to the end, so that a master that says much never waits for us; only the beginning is of use.
      child.stderr.on('data', (chunk: Buffer) =>
        said.length < 100_000 ? (said += chunk.toString('utf8')) : '',
      )
      child.stdout.on('data', (chunk: Buffer) => {
        heard = (heard + chunk.toString('utf8')).slice(-1000)
        if (!heard.includes(ready)) return
        clearTimeout(timer)
        resolve({ child, socket })
      })
      child.once('close', () => {
        clearTimeout(timer)
        reject(explainSsh(this.endpoint, said, this.parent?.endpoint.host, tried))
      })
    })
  }

  /** The command that leads to this server through the connection to its jump host. */
  private through(via: Master): string {
    const { host, port } = this.endpoint
    const jump = this.parent?.account() ?? []
    const words = ['ssh', '-F', 'none', '-S', via.socket, '-o', 'ControlMaster=no', ...onlyMaster]
    const target = `[${host}]:${port}`
    return [...words, '-W', target, ...jump].map((word) => quoteForProxy(word)).join(' ')
  }

  private account(): string[] {
    const { host, port, user } = this.endpoint
    return ['-T', '-p', String(port), '-l', user, host]
  }

  private trust(): string[] {
    const { files, agent, limits } = this.shared
    const options = {
      BatchMode: 'yes',
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: `"${files.knownHosts}"`,
      GlobalKnownHostsFile: '/dev/null',
      UpdateHostKeys: 'no',
      CheckHostIP: 'no',
      PreferredAuthentications: 'publickey',
      IdentityAgent: agent === undefined ? 'none' : `"${agent}"`,
      IdentityFile: files.key === undefined ? 'none' : `"${files.key}"`,
      IdentitiesOnly: agent === undefined ? 'yes' : 'no',
      ...(files.certificate !== undefined && { CertificateFile: `"${files.certificate}"` }),
      ConnectTimeout: String(Math.max(1, Math.ceil(limits.connectTimeout / 1000))),
      ServerAliveInterval: String(Math.max(1, Math.round(limits.keepAlive / 1000))),
      ServerAliveCountMax: '3',
      ForwardAgent: 'no',
    }
    return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  }

  /** ssh without the configuration of whoever owns the runner. */
  private ssh(args: readonly string[]): ChildProcessWithoutNullStreams {
    // LocalCommand and ProxyCommand are run by $SHELL.
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', SHELL: '/bin/sh', LC_ALL: 'C' }
    const child = spawn('ssh', ['-F', 'none', ...args], { env, stdio: 'pipe' })
    child.once('error', (error) =>
      child.stderr.emit('data', Buffer.from(`ssh cannot be started on the runner: ${error.message}\n`)),
    )
    return child
  }
}

/** The exit code at the end of the output: 255 of ssh itself means that it does not know one, or that it was one. */
class Trailer {
  private readonly mark = `kubeadm-upgrade:${randomBytes(12).toString('hex')}`

  wrap(stdin: string): string {
    return `(\n${stdin})\nprintf '%s %d\\n' '${this.mark}' "$?"\n`
  }

  /** @throws {NoExitCode} `lost` */
  unwrap(done: Executed): Executed {
    const at = done.stdout.lastIndexOf(`${this.mark} `)
    const code = /^ (\d+)\n/.exec(done.stdout.toString('latin1', at + this.mark.length))?.[1]
    if (at >= 0 && code !== undefined)
      return { ...done, code: Number(code), stdout: done.stdout.subarray(0, at) }
    if (done.code !== 255) return done
    throw new NoExitCode(
      'lost',
      done.stderr.toString('utf8').trim() || 'the connection ended before the command did',
    )
  }
}

/**
 * Whether ssh certainly began nothing: the server refused the session, or there was no master, so that ssh went on to a
 * connection of its own, which `onlyMaster` never makes.
 */
function notBegun({ stderr }: Executed): 'refused' | 'not-begun' | undefined {
  const said = stderr.toString('latin1')
  if (said.includes('Session open refused by peer')) return 'refused'
  // A master that went away after it was asked for a session may have begun it.
  if (said.includes('read from master failed')) return undefined
  return said.includes(noMaster) || said.includes('kex_exchange_identification') ? 'not-begun' : undefined
}

/** Without a master no connection is made at all: only the master has what is needed to trust a host. */
const onlyMaster = ['-o', 'LogLevel=ERROR', '-o', `ProxyCommand=sh -c 'echo "${noMaster}" >&2; exit 1'`]

/** A word of ProxyCommand: for the shell, and with its percent signs not expanded by ssh. */
function quoteForProxy(word: string): string {
  return `'${word.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`
}
