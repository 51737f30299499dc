import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import type { Access, Endpoint } from './dial.ts'
import { IdleLinks } from './idle.ts'
import { createGate, defaultLimits, Link, type Limits, type Shared } from './link.ts'
import type { Line } from './line.ts'
import type { Remote, ShellName } from './remote.ts'
import { SshRemote, type RemoteOptions } from './ssh-remote.ts'

/** A node and the way to it. */
export interface Target extends Endpoint {
  /** Name of the Node object. */
  readonly node: string
  /** Servers to go through, the first is the one that the runner reaches. */
  readonly jump?: readonly Endpoint[]
  /** What runs scripts there. Default: `sh`. */
  readonly shell?: ShellName
}

export interface ConnectorOptions extends Access {
  readonly clock: Clock
  /** Gets a line for people about what the connections do, such as a reconnect. */
  readonly log?: (line: string) => void
  readonly limits?: Partial<Limits>
  /** Password for sudo, where it asks for one. */
  readonly sudoPassword?: string | undefined
}

/** Gives the connections of a run and ends them all. */
export interface Connector {
  /** The same Remote for the same node each time; nothing is connected before its first `run`. */
  remote(target: Target): Remote
  close(): void
  /** Folder with secrets that `close` removes; to be removed by others when the process ends without it. */
  readonly folder?: string
}

/**
 * Makes SSH connections: one per node and one per jump host, whoever goes through it.
 * @throws {Failure} `invalid-input` when there is neither a key nor an agent
 */
export function createConnector(options: ConnectorOptions): Connector {
  if (options.privateKey === undefined && options.agent === undefined) {
    throw new Failure('invalid-input', 'There is no key to log in with: ssh-private-key is empty.', {
      next: 'Set ssh-private-key, or start an SSH agent and pass SSH_AUTH_SOCK on.',
    })
  }
  const limits = { ...defaultLimits, ...options.limits }
  const shared: Shared = {
    access: options,
    clock: options.clock,
    log: options.log ?? (() => undefined),
    limits,
    gate: createGate(limits),
    idle: new IdleLinks(limits.idle),
  }
  return connectorOver((endpoint, parent?: Link) => new Link(endpoint, parent, shared), {
    limits,
    idle: shared.idle,
    sudoPassword: options.sudoPassword,
  })
}

/** A connector over lines of any kind: one per node, and one per jump host, whoever goes through it. */
export function connectorOver<SomeLine extends Line>(
  newLine: (endpoint: Endpoint, parent: SomeLine | undefined) => SomeLine,
  options: RemoteOptions,
): Connector {
  const jumps = new Map<string, SomeLine>()
  const remotes = new Map<string, Remote>()

  const jumpLine = (chain: readonly Endpoint[]): SomeLine | undefined => {
    const last = chain.at(-1)
    if (last === undefined) return undefined
    const key = JSON.stringify(chain.map(({ user, host, port }) => [user, host, port]))
    const line = jumps.get(key) ?? newLine(last, jumpLine(chain.slice(0, -1)))
    jumps.set(key, line)
    return line
  }

  return {
    remote(target) {
      const known = remotes.get(target.node)
      if (known !== undefined) return known
      const jump = jumpLine(target.jump ?? [])
      const remote = new SshRemote(target.node, () => newLine(target, jump), options, target.shell)
      remotes.set(target.node, remote)
      return remote
    },
    close() {
      for (const remote of remotes.values()) remote.close()
      for (const line of jumps.values()) line.close()
    },
  }
}
