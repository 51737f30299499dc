import type { FailureReason } from '../../src/failure.ts'
import type { Keyring } from './keyring.ts'
import type { KeyPair } from '../sim/keys.ts'
import type { Server } from './world.ts'

/** How a case ends: it works, or with this failure-reason, whose text has these words. */
export type Outcome = { readonly works: true } | { readonly reason: FailureReason; readonly says: string }

/** What a case connects with, once its sshds run. */
export interface Attempt {
  readonly user?: string
  /** The inputs ssh-*; those that are left out are the usual ones: the user's key, the server's host key. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Keys of an agent, instead of the key. */
  readonly agent?: readonly KeyPair[]
  /** Scripts that run at once. Default: 1. */
  readonly atOnce?: number
  /** Runs at once, each with a connection of its own. Default: 1. */
  readonly runs?: number
  readonly host?: string
}

/** One way in which an sshd, an account or a key may be set up. The table in docs/networking.md is made of them. */
export interface SshCase {
  readonly title: string
  /** The sshd of the node, then those of jump hosts, the nearest to the runner last. */
  readonly servers?: readonly Server[]
  readonly attempt?: (
    keys: Keyring,
    servers: readonly { readonly port: number; readonly known: string }[],
  ) => Attempt
  readonly outcome: Outcome
}

export const works: Outcome = { works: true }
export const fails = (reason: FailureReason, says: string): Outcome => ({ reason, says })

/** The jump hosts of a case, as the input ssh-jump has them. */
export function via(servers: readonly { readonly port: number }[]): string {
  const jumps = servers.slice(1).toReversed()
  return jumps.map(({ port }) => `root@127.0.0.1:${port}`).join(',')
}
