import type { Duplex } from 'node:stream'
import pLimit, { type LimitFunction } from 'p-limit'
import type { Client } from 'ssh2'
import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import { handshake, HungUp, openSocket, unreachable, type Access, type Endpoint } from './dial.ts'
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
 * A connection to one SSH server, made when it is first needed, kept, and made again after it was lost.
 * With a `parent` it goes through that server (a jump host), which may be the parent of many.
 */
export class Link {
  readonly endpoint: Endpoint
  private readonly parent: Link | undefined
  private readonly shared: Shared
  private current: Client | undefined
  private connecting: Promise<Client> | undefined
  private wasUp = false
  private closed = false

  constructor(endpoint: Endpoint, parent: Link | undefined, shared: Shared) {
    this.endpoint = endpoint
    this.parent = parent
    this.shared = shared
  }

  /**
   * The connection, made if there is none.
   * @throws {Failure} `unreachable-node`, `host-key-mismatch`, `authentication-failed`
   */
  client(): Promise<Client> {
    if (this.current !== undefined) return Promise.resolve(this.current)
    this.connecting ??= this.establish().finally(() => (this.connecting = undefined))
    return this.connecting
  }

  /** Ends the connection for good. */
  close(): void {
    this.closed = true
    this.disconnect()
  }

  /** Ends the connection; the next command makes it again. */
  disconnect(): void {
    this.current?.destroy()
    this.current = undefined
  }

  private async establish(): Promise<Client> {
    const { clock, limits, log } = this.shared
    const giveUp = clock.now() + limits.reconnectLimit
    let told = ''
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt()
      } catch (error) {
        // The first connection fails at once, so that a wrong address is told quickly; a lost one may come back.
        const again =
          this.wasUp && !this.closed && error instanceof Failure && error.reason === 'unreachable-node'
        const pause = backOff(attempt)
        if (!again || clock.now() + pause > giveUp) throw error
        if (error.message !== told) log(`${error.message} Trying again.`)
        told = error.message
        await clock.sleep(pause)
      }
    }
  }

  private async attempt(): Promise<Client> {
    for (let attempt = 1; ; attempt++) {
      if (this.closed) throw closedByUs()
      try {
        return this.keep(await this.connect())
      } catch (error) {
        if (!(error instanceof HungUp)) throw error
        if (attempt === this.shared.limits.tries) {
          throw unreachable(this.endpoint, `the server hung up before authentication (${error.message})`)
        }
        await this.shared.clock.sleep((0.5 + Math.random()) * 100 * 2 ** attempt)
      }
    }
  }

  /** The parent is asked before a place at the gate is taken: its own handshake must not wait behind ours. */
  private async connect(): Promise<Client> {
    const { access, gate, limits } = this.shared
    const via = await this.parent?.client()
    return gate(this.endpoint, async () => {
      const transport =
        via === undefined
          ? await openSocket(this.endpoint, limits.connectTimeout)
          : await this.forward(via, limits.connectTimeout)
      return handshake(this.endpoint, transport, access, limits)
    })
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

  private keep(client: Client): Client {
    if (this.closed) {
      client.destroy()
      throw closedByUs()
    }
    this.wasUp = true
    this.current = client
    client.once('close', () => {
      if (this.current === client) this.current = undefined
    })
    return client
  }
}

/** Milliseconds to wait after the nth failed try: 0.5 s, doubling to 5 s, a quarter more or less. */
function backOff(attempt: number): number {
  return Math.min(5000, 250 * 2 ** attempt) * (0.75 + Math.random() / 2)
}

/** Nothing is tried again after this: the run is ending. */
function closedByUs(): Failure {
  return new Failure(
    'cancelled',
    'The connection was closed, since the run is ending; nothing more is started.',
  )
}
