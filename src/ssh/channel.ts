import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { SudoAnswers } from './sudo.ts'

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
  /** The answer to sudo, which comes before the rest of stdin. */
  readonly password?: string | undefined
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
  const { channel, ended } = await open(client, command, options.timeout)
  return collect(
    {
      stdin: channel,
      stdout: channel,
      stderr: channel.stderr,
      onEnd: (action) => void ended.then(action),
      stop: () => channel.close(),
    },
    options,
    deadline,
  )
}

/** SSH_OPEN_CONNECT_FAILED (RFC 4254, 5.1): what sshd answers beyond MaxSessions. */
const sessionRefused = 2

/** A command that the server has begun. */
interface Opened {
  readonly channel: ClientChannel
  /** Its exit code once all of its output was read; undefined: there was none. */
  readonly ended: Promise<number | undefined>
}

function open(client: Client, command: string, timeout: number): Promise<Opened> {
  return new Promise((resolve, reject) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      reject(new NoExitCode('timeout', 'the SSH server opened no session'))
    }, timeout)
    const opened = (error: Error | undefined, channel: ClientChannel): void => {
      clearTimeout(timer)
      if (error !== undefined)
        reject(new NoExitCode(isRefusal(error) ? 'refused' : 'not-begun', error.message))
      else if (late) channel.close()
      else resolve({ channel, ended: endOf(channel) })
    }
    try {
      client.exec(command, opened)
    } catch (error) {
      clearTimeout(timer)
      reject(new NoExitCode('not-begun', error instanceof Error ? error.message : String(error)))
    }
  })
}

/** Heard from the first moment on: where a command ends at once, all that the server says may arrive in one piece. */
function endOf(channel: ClientChannel): Promise<number | undefined> {
  return new Promise((resolve) => {
    let ended: number | undefined
    channel.once('exit', (code: number | null, signal?: string) => (ended = exitCode(code, signal)))
    channel.once('close', () => resolve(ended))
  })
}

function isRefusal(error: Error): boolean {
  return (error as { reason?: unknown }).reason === sessionRefused
}

/** A command that runs somewhere, whoever carries its streams. */
export interface Running {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Calls back when it has ended and all output is there; undefined: nobody knows how it ended. */
  readonly onEnd: (action: (code: number | undefined) => void) => void
  readonly stop: () => void
}

/**
 * Feeds a command and keeps what it prints, to its end.
 * @param deadline milliseconds, as `Date.now()`
 * @throws {NoExitCode} `lost`, `timeout`, `too-much-output`
 */
export function collect(running: Running, options: ExecOptions, deadline: number): Promise<Executed> {
  const { stdin, stdout, stderr, onEnd, stop } = running
  const answers =
    options.password === undefined ? undefined : new SudoAnswers(stdin, options.password, options.stdin)
  return new Promise((resolve, reject) => {
    const out: Buffer[] = []
    const err: Buffer[] = []
    let size = 0
    const fail = (kind: NoExitCode['kind'], message: string): void => {
      clearTimeout(timer)
      reject(new NoExitCode(kind, message))
      stop()
    }
    const timer = setTimeout(() => fail('timeout', 'no answer in time'), Math.max(0, deadline - Date.now()))
    const keep = (chunks: Buffer[], chunk: Buffer): void => {
      size += chunk.length
      if (size > options.limit) fail('too-much-output', `more than ${options.limit} bytes of output`)
      else chunks.push(chunk)
    }
    stdout.on('data', (chunk: Buffer) => {
      keep(out, chunk)
      answers?.out(chunk)
    })
    stderr.on('data', (chunk: Buffer) => {
      keep(err, chunk)
      answers?.err(chunk)
    })
    stdin.on('error', () => undefined) // a write to a lost connection; the end follows and says it
    onEnd((code) => {
      clearTimeout(timer)
      if (code === undefined) reject(new NoExitCode('lost', 'the connection ended before the command did'))
      else resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err) })
    })
    if (answers === undefined) stdin.end(options.stdin)
  })
}

/** Neither a code nor a signal is no end at all: that is what a lost connection looks like. */
function exitCode(code: number | null, signal: string | undefined): number | undefined {
  if (typeof code === 'number') return code
  if (signal === undefined) return undefined
  const name = signal.startsWith('SIG') ? signal : `SIG${signal}`
  const numbers: Readonly<Record<string, number | undefined>> = constants.signals
  return 128 + (numbers[name] ?? 0)
}
