import type { Duplex } from 'node:stream'
import pLimit, { type LimitFunction } from 'p-limit'
import type { Client } from 'ssh2'
import type { Clock } from '../clock.ts'
import { execute, type Executed, type ExecOptions } from './channel.ts'
import { handshake, openSocket, unreachable, type Access, type Endpoint } from './dial.ts'
import { KeptLine } from './line.ts'
import type { IdleLinks } from './idle.ts'

/** Times and counts of the SSH connections. Milliseconds. */
export interface Limits {
  /** Until a TCP connection, and then the SSH handshake, must be made. */
  readonly connectTimeout: number
  /** Between signs of life that are asked for; after three without an answer the connection is lost. */
  readonly keepAlive: number
  /** How long a connection that was lost is tried again before it counts as `unreachable-node`. */
  readonly reconnectLimit: number
  /** Commands at once on one connection; sshd's MaxSessions is 10 and counts closed ones for a moment. */
  readonly channels: number
  /** Handshakes at once with one server: sshd's MaxStartups begins to refuse at 10. */
  readonly handshakes: number
  /** Handshakes at once with all servers together: their time-outs run while the runner's CPU is busy with others. */
  readonly handshakesInAll: number
  /** Tries when a server hangs up before authentication. */
  readonly tries: number
  /** Bytes of output of one command. */
  readonly output: number
  /** Connections that are kept although nobody uses them now. */
  readonly idle: number
}

export const defaultLimits: Limits = {
  connectTimeout: 20_000,
  keepAlive: 10_000,
  reconnectLimit: 60_000,
  channels: 4,
  handshakes: 5,
  handshakesInAll: 32,
  tries: 5,
  output: 64 * 1024 * 1024,
  idle: 200,
}

/** What all connections of a run share. */
export interface Shared {
  readonly access: Access
  readonly limits: Limits
  readonly clock: Clock
  readonly log: (line: string) => void
  /** Runs a handshake with `endpoint` when there is a place for one. */
  readonly gate: <T>(endpoint: Endpoint, handshake: () => Promise<T>) => Promise<T>
  readonly idle: IdleLinks
}

/** A gate that keeps to `limits`. */
export function createGate(limits: Limits): Shared['gate'] {
  const all = pLimit(limits.handshakesInAll)
  const servers = new Map<string, LimitFunction>()
  return (endpoint, handshake) => {
    const name = `${endpoint.host} ${endpoint.port}`
    const server = servers.get(name) ?? pLimit(limits.handshakes)
    servers.set(name, server)
    return server(() => all(handshake))
  }
}

/**
 * A connection over the ssh2 library. With a `parent` it goes through that server (a jump host), which may be the parent of many.
 */
export class Link extends KeptLine<Client> {
  private readonly parent: Link | undefined
  private readonly shared: Shared

  constructor(endpoint: Endpoint, parent: Link | undefined, shared: Shared) {
    super(endpoint, shared)
    this.parent = parent
    this.shared = shared
  }

  async execute(command: string, options: ExecOptions): Promise<Executed> {
    return execute(await this.connection(), command, options)
  }

  /** The parent is asked before a place at the gate is taken: its own handshake must not wait behind ours. */
  protected async connect(): Promise<Client> {
    const { access, gate, limits } = this.shared
    const via = await this.parent?.connection()
    return gate(this.endpoint, async () => {
      const transport =
        via === undefined
          ? await openSocket(this.endpoint, limits.connectTimeout)
          : await this.forward(via, limits.connectTimeout)
      return handshake(this.endpoint, transport, access, limits)
    })
  }

  protected destroy(client: Client): void {
    client.destroy()
  }

  protected onceEnded(client: Client, action: () => void): void {
    client.once('close', action)
  }

  private forward(via: Client, timeout: number): Promise<Duplex> {
    const through = this.parent?.endpoint.host ?? ''
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer)
        reject(unreachable(this.endpoint, `${reason}, through jump host ${through}`))
      }
      const timer = setTimeout(() => fail(`no answer within ${timeout / 1000} s`), timeout)
      try {
        via.forwardOut('127.0.0.1', 0, this.endpoint.host, this.endpoint.port, (error, channel) => {
          clearTimeout(timer)
          if (error === undefined) resolve(channel)
          else fail(error.message)
        })
      } catch (error) {
        fail(error instanceof Error ? error.message : String(error))
      }
    })
  }
}
