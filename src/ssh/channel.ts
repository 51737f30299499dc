import { constants } from 'node:os'
import type { Client, ClientChannel } from 'ssh2'

/** What an exec channel left. `code` follows the shell: 128 + number for a command that a signal ended. */
export interface Executed {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/**
 * Why there is no exit code. With `refused` and `not-begun` the command certainly did not begin: its stdin is sent
 * when the server has confirmed it, and a script (see `frame`) runs nothing before all of it has arrived.
 */
export class NoExitCode extends Error {
  readonly kind: 'refused' | 'not-begun' | 'lost' | 'timeout' | 'too-much-output'

  constructor(kind: NoExitCode['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

export interface ExecOptions {
  /** Written to the command's stdin, which is then closed. */
  readonly stdin: string
  /** Milliseconds until the channel is closed and the outcome counts as unknown. */
  readonly timeout: number
  /** Bytes of stdout and stderr together that are held in memory. */
  readonly limit: number
}

/**
 * Runs one command on an SSH connection.
 * @throws {NoExitCode} when the connection ended, the time was up or the output too long
 */
export async function execute(client: Client, command: string, options: ExecOptions): Promise<Executed> {
  const deadline = Date.now() + options.timeout
  for (let attempt = 1; ; attempt++) {
    const opened = await open(client, command, Math.max(1, deadline - Date.now()))
    if (!(opened instanceof NoExitCode)) return collect(opened, options, deadline)
    // sshd frees a session later than the client sees it closed: MaxSessions is hit although few are in use.
    if (opened.kind !== 'refused' || attempt === 10 || Date.now() >= deadline) throw opened
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 50 * attempt))
  }
}

/** SSH_OPEN_CONNECT_FAILED (RFC 4254, 5.1): what sshd answers beyond MaxSessions. */
const sessionRefused = 2

function open(client: Client, command: string, timeout: number): Promise<ClientChannel | NoExitCode> {
  return new Promise((resolve) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      resolve(new NoExitCode('timeout', 'the SSH server opened no session'))
    }, timeout)
    const opened = (error: Error | undefined, channel: ClientChannel): void => {
      clearTimeout(timer)
      if (error !== undefined)
        resolve(new NoExitCode(isRefusal(error) ? 'refused' : 'not-begun', error.message))
      else if (late) channel.close()
      else resolve(channel)
    }
    try {
      client.exec(command, opened)
    } catch (error) {
      clearTimeout(timer)
      resolve(new NoExitCode('not-begun', error instanceof Error ? error.message : String(error)))
    }
  })
}

function isRefusal(error: Error): boolean {
  return (error as { reason?: unknown }).reason === sessionRefused
}

function collect(channel: ClientChannel, options: ExecOptions, deadline: number): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let size = 0
    let ended: { code: number } | undefined
    const fail = (kind: NoExitCode['kind'], message: string): void => {
      clearTimeout(timer)
      reject(new NoExitCode(kind, message))
      channel.close()
    }
    const timer = setTimeout(() => fail('timeout', 'no answer in time'), Math.max(0, deadline - Date.now()))
    const keep = (chunks: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length
      if (size > options.limit) fail('too-much-output', `more than ${options.limit} bytes of output`)
      else chunks.push(chunk)
    }
    channel.on('data', keep(stdout))
    channel.stderr.on('data', keep(stderr))
    channel.on('error', () => undefined) // a write to a lost connection; 'close' follows and says it
    channel.on('exit', (code: number | null, signal?: string) => (ended = exitCode(code, signal)))
    channel.on('close', () => {
      clearTimeout(timer)
      if (ended === undefined) reject(new NoExitCode('lost', 'the connection ended before the command did'))
      else resolve({ code: ended.code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) })
    })
    channel.end(options.stdin)
  })
}

/** Neither a code nor a signal is no end at all: that is what a lost connection looks like. */
function exitCode(code: number | null, signal: string | undefined): { code: number } | undefined {
  if (typeof code === 'number') return { code }
  if (signal === undefined) return undefined
  const name = signal.startsWith('SIG') ? signal : `SIG${signal}`
  const numbers: Readonly<Record<string, number | undefined>> = constants.signals
  return { code: 128 + (numbers[name] ?? 0) }
}
