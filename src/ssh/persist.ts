import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import type { Output, Remote, RunOptions, Script } from './remote.ts'

export interface Persistence {
  readonly clock: Clock
  /** Name of the node, for messages. */
  readonly node: string
  /** Milliseconds without contact after which the failure is passed on. */
  readonly limit: number
  /** Whether somebody cancelled the run. */
  readonly aborted: () => boolean
  /** Gets a line for people when contact is lost and when it is back. */
  readonly tell: (line: string) => void
}

/** What may pass by itself on a node that has answered before: it reboots, the network is away. */
const passing = new Set(['connection-lost', 'unreachable-node', 'authentication-failed'])

/**
 * Does `action` until it comes through, however often the connection is lost meanwhile. Only for what may be done
 * twice: after a lost connection nobody knows whether it was done.
 * @param known the node has answered before; otherwise only a lost connection is tried again
 * @throws {Failure} the last one, when the limit has passed or it is not about the connection; `cancelled`
 */
export async function persist<T>(action: () => Promise<T>, known: boolean, with_: Persistence): Promise<T> {
  const { clock, node, limit, aborted, tell } = with_
  let contact = known
  let since: number | undefined
  for (let attempt = 1; ; attempt++) {
    if (aborted()) throw cancelled(node)
    try {
      const result = await action()
      if (since !== undefined) tell(`${node}: connected again after ${seconds(clock.now() - since)} s`)
      return result
    } catch (error) {
      if (!(error instanceof Failure) || !passing.has(error.reason)) throw error
      if (error.reason !== 'connection-lost' && !contact) throw error
      if (aborted()) throw cancelled(node)
      contact = true
      if (since === undefined) tell(`${node}: ${error.message} The job goes on there; trying again.`)
      since ??= clock.now()
      if (clock.now() - since >= limit) throw error
      await clock.sleep(Math.min(5000, 250 * 2 ** attempt))
    }
  }
}

/** The run was cancelled while a job was followed. */
export function cancelled(node: string): Failure {
  return new Failure('cancelled', `Cancelled; the job on ${node} goes on.`, {
    node,
    next: 'Run the same phase again: it attaches to the job and continues where it is then.',
  })
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(0)
}

/**
 * Runs a script whose end by a signal counts as a lost connection: a node that shuts down kills the sessions first.
 * @throws {Failure} as `Remote.run`
 */
export async function runOrLost(remote: Remote, script: Script, options: RunOptions): Promise<Output> {
  const output = await remote.run(script, options)
  if (output.code <= 128) return output
  throw new Failure(
    'connection-lost',
    `${script.name} was killed on ${remote.node}; the outcome is unknown.`,
    {
      node: remote.node,
      seen: `exit code ${output.code}`,
    },
  )
}
