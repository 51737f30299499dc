import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { generateKey, knownHostsEntry, type KeyPair } from '../keys.ts'
import type { Cluster } from '../model/cluster.ts'
import { Time } from '../model/time.ts'
import { startNode, type SimNode } from '../server.ts'
import { VirtualSimulation, type VirtualOptions } from './world.ts'

export interface BehindSshOptions extends Omit<VirtualOptions, 'addressOf'> {
  /** An empty folder for keys; the caller removes it. */
  readonly folder: string
  /** Seconds here for a second of a real cluster. */
  readonly timeScale: number
}

/**
 * Virtual machines that one can log in to: the shipped bundle reaches them over SSH like those of ../simulation.ts, but its
 * scripts run in the simulator's own shell. A machine costs no process and no files, so that there may be hundreds. Time is
 * real, and shorter by a scale.
 */
export class SimulationBehindSsh {
  readonly userKey: KeyPair
  private readonly hostKey: KeyPair
  private readonly simulation: VirtualSimulation<Time>
  private readonly nodes = new Map<string, SimNode>()

  private constructor({ folder, timeScale, ...options }: BehindSshOptions) {
    mkdirSync(folder, { recursive: true })
    this.userKey = generateKey(folder, 'id_ed25519')
    this.hostKey = generateKey(folder, 'host_ed25519')
    // Linux lets any address of 127.0.0.0/8 be bound without set-up.
    const addressOf = (number: number): string =>
      `127.0.${10 + Math.floor(number / 250)}.${1 + (number % 250)}`
    this.simulation = new VirtualSimulation({ ...options, addressOf }, new Time(timeScale))
  }

  /** Starts all machines; resolves when they listen. */
  static async start(options: BehindSshOptions): Promise<SimulationBehindSsh> {
    const started = new SimulationBehindSsh(options)
    for (const { name, address } of started.cluster.machines.values()) {
      const node = started.simulation.node(name)
      const server = await startNode({
        name,
        address,
        sandbox: join(options.folder, 'nodes', name),
        hostKeys: [started.hostKey.privateKey],
        authorizedKeys: [started.userKey.publicKey],
        runScript: (script) => node.run(script, []),
      })
      started.nodes.set(name, server)
    }
    return started
  }

  get cluster(): Cluster {
    return this.simulation.cluster
  }

  /** Text of an inventory of all machines. Its policy watches none for so long as a real one needs, and is patient with them. */
  inventory(): string {
    const nodes = [...this.cluster.machines.values()].map(({ name, address, role }) => {
      return { name, host: address, port: this.portOf(name), role }
    })
    return stringify({ cluster: 'simulated', nodes, policy: { timeouts: { settle: '0s', connect: '5m' } } })
  }

  knownHosts(): string {
    return [...this.cluster.machines.values()]
      .map(({ name, address }) => `${knownHostsEntry(address, this.portOf(name), this.hostKey)}\n`)
      .join('')
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.stop()))
  }

  private portOf(name: string): number {
    return this.nodes.get(name)?.port ?? 0
  }
}
