import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import type { Executed, ExecOptions } from './channel.ts'
import { HungUp, unreachable, type Endpoint } from './dial.ts'
import type { Limits } from './link.ts'

/** A connection to an SSH server: made when it is first needed, kept, and made again after it was lost. */
export interface Line {
  readonly endpoint: Endpoint
  /**
   * Runs one command.
   * @throws {Failure} `unreachable-node`, `host-key-mismatch`, `authentication-failed` when there is no connection to be had
   * @throws {NoExitCode} when it ended before the command, the time was up or the output too long
   */
  execute(command: string, options: ExecOptions): Promise<Executed>
  /** Ends the connection; the next command makes it again. */
  disconnect(): void
  /** Ends the connection for good. */
  close(): void
}

/** What a line needs of the run to be patient. */
export interface Patience {
  readonly limits: Pick<Limits, 'reconnectLimit' | 'tries'>
  readonly clock: Clock
  readonly log: (line: string) => void
}

/** The part of a line that is the same whoever speaks SSH: one connection at a time, tried again where that can help. */
export abstract class KeptLine<Connection> implements Line {
  readonly endpoint: Endpoint
  private readonly patience: Patience
  private current: Connection | undefined
  private connecting: Promise<Connection> | undefined
  private wasUp = false
  private closed = false

  constructor(endpoint: Endpoint, patience: Patience) {
    this.endpoint = endpoint
    this.patience = patience
  }

  abstract execute(command: string, options: ExecOptions): Promise<Executed>

  /** Makes a connection. @throws {HungUp} when the server closed it before authentication; {Failure} otherwise */
  protected abstract connect(): Promise<Connection>

  /** Ends a connection at once. */
  protected abstract destroy(connection: Connection): void

  /** Calls back when a connection has ended by itself. */
  protected abstract onceEnded(connection: Connection, action: () => void): void

  /** The connection, made if there is none. */
  connection(): Promise<Connection> {
    if (this.current !== undefined) return Promise.resolve(this.current)
    this.connecting ??= this.establish().finally(() => (this.connecting = undefined))
    return this.connecting
  }

  close(): void {
    this.closed = true
    this.disconnect()
  }

  disconnect(): void {
    if (this.current !== undefined) this.destroy(this.current)
    this.current = undefined
  }

  private async establish(): Promise<Connection> {
    const { clock, limits, log } = this.patience
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

  private async attempt(): Promise<Connection> {
    const { clock, limits } = this.patience
    for (let attempt = 1; ; attempt++) {
      if (this.closed) throw closedByUs()
      try {
        return this.keep(await this.connect())
      } catch (error) {
        if (!(error instanceof HungUp)) throw error
        if (attempt === limits.tries) {
          throw unreachable(this.endpoint, `the server hung up before authentication (${error.message})`)
        }
        await clock.sleep((0.5 + Math.random()) * 100 * 2 ** attempt)
      }
    }
  }

  private keep(connection: Connection): Connection {
    if (this.closed) {
      this.destroy(connection)
      throw closedByUs()
    }
    this.wasUp = true
    this.current = connection
    this.onceEnded(connection, () => {
      if (this.current === connection) this.current = undefined
    })
    return connection
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
