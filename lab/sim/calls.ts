import { execFileSync } from 'node:child_process'
import { constants, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'

/** A call of a simulated command, while the shell that made it waits. */
export interface PendingCall {
  /** The command as it was called, and its arguments. */
  readonly argv: readonly string[]
  readonly stdin: string
  /** Whoever called has been killed meanwhile. */
  readonly killed: boolean
  out(text: string): void
  err(text: string): void
  /** Lets the caller's shell do something, such as print what is no text or too much of it. */
  shell(line: string): void
  /** Lets the caller go on with this exit code. */
  exit(code: number): void
  /** Asks whether the caller still lives; `killed` tells it a moment later. */
  touch(): void
}

const { O_NONBLOCK, O_RDWR, O_WRONLY } = constants

/**
 * Listens for the calls of one sandbox's stand-ins (see the file `stand-in`): a pipe through which they say that they
 * ask, and for each call a pipe with the answer.
 * @returns ends the listening
 */
export function listenForCalls(sandbox: string, onCall: (call: PendingCall) => void): () => void {
  const folder = join(sandbox, 'run/sim')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const asked = join(folder, 'asked')
  execFileSync('mkfifo', [asked])
  // Open for reading and writing: opening never blocks, and there is no end of file when a caller closes its end.
  const socket = new Socket({ fd: openSync(asked, O_RDWR | O_NONBLOCK), readable: true, writable: false })
  let rest = ''
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const pid of lines) answer(join(folder, pid), onCall)
  })
  socket.on('error', () => undefined)
  return () => socket.destroy()
}

/** The caller opens its end right after it has asked; a caller that does not come was killed in between. */
function answer(call: string, onCall: (call: PendingCall) => void, attempt = 0): void {
  try {
    const fd = openSync(`${call}.reply`, O_WRONLY | O_NONBLOCK)
    onCall(new Reply(call, new Socket({ fd, readable: false, writable: true })))
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENXIO' || attempt > 2000) return
    setTimeout(() => answer(call, onCall, attempt + 1), 1 + attempt / 100)
  }
}

class Reply implements PendingCall {
  readonly argv: readonly string[]
  readonly stdin: string
  killed = false
  private readonly pipe: Socket

  constructor(call: string, pipe: Socket) {
    this.pipe = pipe
    pipe.on('error', () => (this.killed = true))
    this.argv = readFileSync(`${call}.arguments`, 'utf8').split('\0').slice(0, -1)
    this.stdin = existsSync(`${call}.stdin`) ? readFileSync(`${call}.stdin`, 'utf8') : ''
    for (const end of ['arguments', 'stdin', 'reply']) rmSync(`${call}.${end}`, { force: true })
  }

  out(text: string): void {
    if (text !== '') this.write(`printf '%s' ${quote(text)}\n`)
  }

  err(text: string): void {
    if (text !== '') this.write(`printf '%s' ${quote(text)} >&2\n`)
  }

  shell(line: string): void {
    this.write(`${line}\n`)
  }

  exit(code: number): void {
    this.write(`exit ${code}\n`)
    this.pipe.end()
  }

  touch(): void {
    this.write('\n')
  }

  private write(text: string): void {
    if (!this.killed && this.pipe.writable) this.pipe.write(text)
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
