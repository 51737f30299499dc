import type { Clock } from '../../clock.ts'
import { connectorOver, type Connector } from '../connection.ts'
import { IdleLinks } from '../idle.ts'
import { createGate, defaultLimits, type Limits } from '../link.ts'
import { writeFiles } from './files.ts'
import { MasterLine, type OpenSshShared } from './master.ts'

export interface OpenSshOptions {
  /** Folder for what ssh reads from files: RUNNER_TEMP. */
  readonly temporary: string
  /** Text of known_hosts. */
  readonly knownHosts: string
  /** Private key without a passphrase, in a format that OpenSSH reads; undefined: the agent's. */
  readonly key: string | undefined
  readonly certificate: string | undefined
  /** Path of the agent's socket. */
  readonly agent: string | undefined
  /** What is offered to servers, for messages. */
  readonly tried: string
  readonly clock: Clock
  readonly log?: (line: string) => void
  readonly limits?: Partial<Limits>
  readonly sudoPassword?: string | undefined
}

/**
 * SSH connections over the system's ssh, one master per node and per jump host: the library of createConnector knows no
 * certificates of users and hosts.
 */
export function createOpenSshConnector(options: OpenSshOptions): Connector {
  const { temporary, knownHosts, key, certificate, agent, tried, clock } = options
  const limits = { ...defaultLimits, ...options.limits }
  const files = writeFiles(temporary, { knownHosts, key, certificate })
  const shared: OpenSshShared = {
    limits,
    clock,
    log: options.log ?? (() => undefined),
    gate: createGate(limits),
    files,
    agent,
    tried,
  }
  const connector = connectorOver<MasterLine>(
    (endpoint, parent) => new MasterLine(endpoint, parent, shared),
    {
      limits,
      idle: new IdleLinks(limits.idle),
      sudoPassword: options.sudoPassword,
    },
  )
  return {
    remote: (target) => connector.remote(target),
    close: () => {
      connector.close()
      files.remove()
    },
    folder: files.folder,
  }
}
