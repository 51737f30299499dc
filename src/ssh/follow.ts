import { StringDecoder } from 'node:string_decoder'
import { Failure } from '../failure.ts'
import { jobScripts } from './job-scripts.ts'
import { persist, runOrLost, type Persistence } from './persist.ts'
import type { Remote } from './remote.ts'

/** How a job ended, or that it had not when its time was up. Times are the node's clock, milliseconds since the epoch. */
export interface Ending {
  /** null: it left no exit code, since it was killed, the machine rebooted, or `timedOut`. */
  readonly code: number | null
  /** It was still running when its time was up, and is left running. */
  readonly timedOut: boolean
  /** The last 64 KiB of its output. */
  readonly output: string
  readonly startedAt: number
  readonly finishedAt: number
  /** It is lost because the machine was started anew. */
  readonly rebooted: boolean
}

interface Poll {
  readonly state: 'running' | 'finished' | 'lost' | 'unknown'
  readonly code: number | null
  readonly size: number
  readonly started: number | null
  readonly finished: number | null
  readonly now: number
  readonly rebooted: boolean
  readonly bytes: Buffer
}

/** Bytes in one reply. */
const chunk = 256 * 1024
/** Tenths of a second that the node waits for news before it replies. */
const patience = 18
const kept = 64 * 1024

/**
 * Follows a job by byte offset until it ends or has taken `timeout` milliseconds of the node's clock. Lost connections
 * are made again; nothing of the output is lost or doubled by them.
 * @param onOutput gets the output as it appears, whole characters only
 * @throws {Failure} `cancelled`, or why contact could not be made again
 */
export async function follow(
  remote: Remote,
  id: string,
  timeout: number,
  onOutput: (text: string) => void,
  persistence: Persistence,
): Promise<Ending> {
  const decoder = new StringDecoder('utf8')
  let offset = 0
  let tail = ''
  const take = (text: string): void => {
    if (text === '') return
    tail = (tail + text).slice(-kept)
    onOutput(text)
  }
  for (;;) {
    const began = persistence.clock.now()
    const poll = await persist(() => ask(remote, id, offset), true, persistence)
    offset += poll.bytes.length
    take(decoder.write(poll.bytes))
    const ended = poll.state === 'finished' || poll.state === 'lost'
    if (ended && offset >= poll.size) take(decoder.end())
    const startedAt = poll.started ?? poll.now
    const { rebooted } = poll
    const end = { output: tail, startedAt, finishedAt: poll.finished ?? poll.now, rebooted }
    if (ended && offset >= poll.size) return { ...end, code: poll.code, timedOut: false }
    if (!ended && poll.now - startedAt >= timeout) return { ...end, code: null, timedOut: true }
    // A node that replies at once, since the job prints without pause, is not asked without pause.
    const quick = persistence.clock.now() - began < 100
    if (!ended && quick && poll.bytes.length < chunk) await persistence.clock.sleep(100)
  }
}

async function ask(remote: Remote, id: string, offset: number): Promise<Poll> {
  const args = [id, String(offset), String(chunk), String(patience)]
  const script = jobScripts(remote.shell).follow
  const { code, stdout, stderr } = await runOrLost(remote, script, { args, timeout: 30_000 })
  const [header = '', ...rest] = stdout.split('\n')
  const [state, exit, size, started, finished, now, rebooted] = header.split(' ')
  if (code !== 0 || !isState(state)) {
    throw new Failure('internal-error', `The job ${id} on ${remote.node} cannot be followed.`, {
      node: remote.node,
      seen: `exit code ${code}\n${stderr.trim()}`,
    })
  }
  return {
    state,
    code: exit === undefined || exit === '-' ? null : Number(exit),
    size: Number(size),
    started: milliseconds(started),
    finished: milliseconds(finished),
    now: milliseconds(now) ?? 0,
    rebooted: rebooted === 'yes',
    bytes: Buffer.from(rest.join(''), 'base64'),
  }
}

function isState(word: string | undefined): word is Poll['state'] {
  return word === 'running' || word === 'finished' || word === 'lost' || word === 'unknown'
}

/** Milliseconds of what `date +%s.%N` printed (a small `date` leaves out the fraction); null for `-`. */
export function milliseconds(word: string | undefined): number | null {
  const seconds = Number.parseFloat(word ?? '')
  return Number.isNaN(seconds) ? null : Math.round(seconds * 1000)
}
