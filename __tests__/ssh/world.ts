import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock, type Clock } from '../../src/clock.ts'
import { Failure } from '../../src/failure.ts'
import { createConnector, type Connector, type ConnectorOptions } from '../../src/ssh/connection.ts'
import { readPrivateKey, unlocked } from '../../src/ssh/keys.ts'
import { createOpenSshConnector } from '../../src/ssh/openssh/connector.ts'
import { parseKnownHosts } from '../../src/ssh/known-hosts.ts'
import type { Remote } from '../../src/ssh/remote.ts'
import { generateKey, knownHostsEntry, type KeyPair } from '../../lab/sim/keys.ts'
import { startNode, type NodeOptions, type SimNode } from '../../lab/sim/server.ts'

/** Stand-ins for the commands of systemd. */
export const standIns = fileURLToPath(new URL('../../lab/sim/bin', import.meta.url))

/** Who speaks SSH: the library, or the system's ssh. */
export type Transport = 'library' | 'openssh'

/** Simulated nodes with one key that opens them all, and connectors that know their host keys. */
export class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-test-'))
  readonly userKey: KeyPair = generateKey(this.folder, 'user')
  readonly hostKey: KeyPair = generateKey(this.folder, 'host')
  readonly log: string[] = []
  private readonly nodes: SimNode[] = []
  private readonly connectors: Connector[] = []
  private addresses = 0
  private readonly transport: Transport

  constructor(transport: Transport = 'library') {
    this.transport = transport
  }

  async node(options: Partial<NodeOptions> = {}): Promise<SimNode> {
    const number = ++this.addresses
    const sandbox = mkdtempSync(join(this.folder, 'node-'))
    const node = await startNode({
      name: `n${number}`,
      address: `127.0.1.${number}`,
      sandbox,
      hostKeys: [this.hostKey.privateKey],
      authorizedKeys: [this.userKey.publicKey],
      binDirs: [join(sandbox, 'bin'), standIns],
      ...options,
    })
    this.nodes.push(node)
    return node
  }

  /** known_hosts of all nodes there are, with `key` as everybody's host key. */
  knownHosts(key = this.hostKey): string {
    return this.nodes.map((node) => knownHostsEntry(node.address, node.port, key)).join('\n')
  }

  connector(
    options: Partial<Omit<ConnectorOptions, 'knownHosts'>> & { knownHosts?: string } = {},
  ): Connector {
    const knownHosts = options.knownHosts ?? this.knownHosts()
    const privateKey = readPrivateKey(this.userKey.privateKey)
    const common = { clock: systemClock, log: (line: string) => void this.log.push(line), ...options }
    const connector =
      this.transport === 'library'
        ? createConnector({ privateKey, ...common, knownHosts: parseKnownHosts(knownHosts).hosts })
        : createOpenSshConnector({
            ...common,
            knownHosts,
            temporary: this.folder,
            key: unlocked(options.privateKey ?? privateKey),
            certificate: undefined,
            agent: options.agent,
            tried: 'the key',
          })
    this.connectors.push(connector)
    return connector
  }

  /** A Remote to `node` over a connector of its own, as another runner would have. */
  remote(node: SimNode, options: Parameters<World['connector']>[0] & { user?: string } = {}): Remote {
    return this.connector(options).remote(target(node, options.user))
  }

  async end(): Promise<void> {
    this.connectors.forEach((connector) => connector.close())
    await Promise.all(this.nodes.map((node) => node.stop()))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Pauses between tries pass ten times faster. */
export const hastyClock: Clock = { now: () => Date.now(), sleep: (ms) => systemClock.sleep(ms / 10) }

export function target(node: SimNode, user = 'root') {
  return { node: node.name, host: node.address, port: node.port, user }
}

/** The Failure that `action` ends with. */
export async function failureOf(action: Promise<unknown>): Promise<Failure> {
  const error: unknown = await action.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  )
  if (error instanceof Failure) return error
  throw error
}

export function script(text: string) {
  return { name: 'test.sh', text }
}

/** Waits until something is so. @throws {Error} after minutes: a wait without an end would keep jest from ending */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 240_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`This did not come to be: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
