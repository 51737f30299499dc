import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { Version } from '../../src/versions/version.ts'
import { listenForCalls, type PendingCall } from './calls.ts'
import { Call, Killed, type Command } from './commands/command.ts'
import { commands, etcdCommands } from './commands/index.ts'
import { generateKey, knownHostsEntry, type KeyPair } from './keys.ts'
import { Cluster } from './model/cluster.ts'
import { startKubelet } from './model/kubelet.ts'
import { Machine, standInFile } from './model/machine.ts'
import { version } from './model/releases.ts'
import { Time } from './model/time.ts'
import { furnish } from './sandbox.ts'
import { addObjects } from './seed.ts'
import { startNode, type SimNode } from './server.ts'
import { WindowsNode } from './windows/node.ts'

/*
 * Start reading here. A simulation is a cluster of machines that one can log in to: SSH servers (server.ts) behind which
 * the action's own scripts run in a real shell, in a folder a machine; the commands they call ask this process (calls.ts)
 * and are played by commands/ on the cluster in model/. Faults are set by faults.ts.
 */

export interface SimulationOptions {
  /** An empty folder for keys, sandboxes and files; the caller removes it. */
  readonly folder: string
  readonly controlPlanes?: number
  readonly workers?: number
  readonly version?: string
  /** Names of machines whose packages come through dnf; the others have apt. */
  readonly dnf?: readonly string[]
  /** Names of workers that run Windows. */
  readonly windows?: readonly string[]
  /** Versions in the package repositories. */
  readonly offered?: readonly string[]
  /** Seconds here for a second of a real cluster. Default: 0.01. */
  readonly timeScale?: number
}

/** Called before a simulated command; an exit code ends the command with it. */
export type CommandHook = (call: Call) => number | undefined | Promise<number | undefined>

/** Called before each simulated command of a job and whenever it waits; true: the job was ended. */
export type MomentHook = (call: Call) => boolean

/** Called before a script of the action runs on a node, and after its exit code was sent. */
export type ScriptHook = (at: 'before' | 'after', script: string, node: string) => void

export const defaultVersion = 'v1.36.4'
const defaultOffered = [
  ...['v1.34.4', 'v1.35.4', 'v1.36.1', 'v1.36.4', 'v1.36.5', 'v1.37.0', 'v1.37.1', 'v1.37.2', 'v1.38.0'],
]

export class Simulation {
  readonly cluster: Cluster
  readonly nodes = new Map<string, SimNode>()
  /** Those that run Windows. */
  readonly windows = new Map<string, WindowsNode>()
  readonly folder: string
  /** Opens every node as root. */
  readonly userKey: KeyPair
  readonly hostKey: KeyPair
  /** Ends the runner, if whoever started it has set this. */
  killRunner: () => void = () => undefined
  private readonly commandHooks = new Set<CommandHook>()
  private readonly scriptHooks = new Set<ScriptHook>()
  private readonly momentHooks = new Set<MomentHook>()
  private readonly closers: (() => void)[] = []
  private readonly dnf: readonly string[]
  private readonly onWindows: readonly string[]

  private constructor(options: SimulationOptions) {
    this.folder = options.folder
    this.dnf = options.dnf ?? []
    this.onWindows = options.windows ?? []
    mkdirSync(options.folder, { recursive: true })
    this.userKey = generateKey(options.folder, 'id_ed25519')
    this.hostKey = generateKey(options.folder, 'host_ed25519')
    this.cluster = new Cluster({
      time: new Time(options.timeScale ?? 0.01),
      version: version(options.version ?? defaultVersion),
      offered: (options.offered ?? defaultOffered).map(version),
    })
  }

  /** Starts all nodes; resolves when they listen. */
  static async start(options: SimulationOptions): Promise<Simulation> {
    const simulation = new Simulation(options)
    const { controlPlanes = 3, workers = 3 } = options
    const at = version(options.version ?? defaultVersion)
    const binFolder = simulation.makeCommands()
    for (let number = 1; number <= controlPlanes; number++)
      await simulation.addMachine(`cp${number}`, 'control-plane', at, binFolder)
    for (let number = 1; number <= workers; number++)
      await simulation.addMachine(`w${number}`, 'worker', at, binFolder)
    addObjects(simulation.cluster, at)
    simulation.writeFiles()
    return simulation
  }

  /** The machine's SSH server. */
  node(name: string): SimNode {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`There is no node ${name}`)
    return node
  }

  /** @returns takes the hook away again */
  onCommand(hook: CommandHook): () => void {
    this.commandHooks.add(hook)
    return () => void this.commandHooks.delete(hook)
  }

  /** @returns takes the hook away again */
  onScript(hook: ScriptHook): () => void {
    this.scriptHooks.add(hook)
    return () => void this.scriptHooks.delete(hook)
  }

  /** @returns takes the hook away again */
  onMoment(hook: MomentHook): () => void {
    this.momentHooks.add(hook)
    return () => void this.momentHooks.delete(hook)
  }

  /** A machine loses power and comes back at once: what ran is gone, kubelet and containers start anew. */
  reboot(name: string): void {
    const machine = this.cluster.machine(name)
    this.node(name).reboot()
    machine.dpkgLock = ''
    machine.endProcesses()
    for (const container of machine.containers.values()) container.exitedAt = this.cluster.time.now()
    startKubelet(this.cluster, machine)
  }

  /** Text of an inventory of all nodes. Its default policy watches no node for so long as a real one needs. */
  inventory(policy: object = { timeouts: { settle: '0s', lock: '4s' } }): string {
    const nodes = [...this.cluster.machines.values()].map(({ name, address, role, windows }) => {
      return { name, host: address, port: this.node(name).port, role, ...(windows && { os: 'windows' }) }
    })
    return stringify({ cluster: 'simulated', nodes, policy })
  }

  knownHosts(): string {
    return [...this.nodes.values()]
      .map((node) => `${knownHostsEntry(node.address, node.port, this.hostKey)}\n`)
      .join('')
  }

  /** The action's inputs for this cluster, whose folder is the workspace. */
  inputs(phase: string, version: string): Readonly<Record<string, string>> {
    return {
      phase,
      inventory: 'inventory.yaml',
      version,
      'ssh-private-key': this.userKey.privateKey,
      'ssh-known-hosts': this.knownHosts(),
      'max-unavailable': '1',
      'dry-run': 'false',
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.stop()))
    for (const close of this.closers) close()
    for (const machine of this.cluster.machines.values()) machine.endProcesses()
  }

  /** A folder for PATH in which every simulated command is the stand-in, and the root of the etcd containers. */
  private makeCommands(): string {
    const bin = join(this.folder, 'bin')
    const etcd = join(this.etcdRoot, 'usr/local/bin')
    for (const [folder, names] of [
      [bin, Object.keys(commands)],
      [etcd, Object.keys(etcdCommands)],
    ] as const) {
      mkdirSync(folder, { recursive: true })
      for (const name of names)
        if (!existsSync(join(folder, name))) symlinkSync(standInFile, join(folder, name))
    }
    return bin
  }

  private get etcdRoot(): string {
    return join(this.folder, 'etcd')
  }

  private async addMachine(name: string, role: Machine['role'], at: Version, bin: string): Promise<void> {
    const { cluster } = this
    const number = cluster.machines.size + 1
    const sandbox = join(this.folder, 'nodes', name)
    const id = number.toString(16).padStart(12, '0')
    const machine = new Machine({
      name,
      role,
      // Linux lets any address of 127.0.0.0/8 be bound without set-up.
      address: `127.0.${10 + Math.floor(number / 250)}.${1 + (number % 250)}`,
      sandbox,
      etcdRoot: this.etcdRoot,
      machineId: `5a1d00000000400080${id}00`.padEnd(32, '0').slice(0, 32),
      uid: `5a1d0000-0000-4000-8000-${id}`,
      version: at,
      packageManager: this.dnf.includes(name) ? 'dnf' : 'apt',
      windows: this.onWindows.includes(name),
      now: cluster.time.now(),
    })
    cluster.machines.set(name, machine)
    furnish(cluster, machine, at)
    this.closers.push(listenForCalls(sandbox, (call) => void this.play(machine, call)))
    const windows = machine.windows ? new WindowsNode(cluster, machine) : undefined
    if (windows !== undefined) this.windows.set(name, windows)
    const node = await startNode({
      name,
      ...(windows !== undefined && { windows: (stdin: string) => windows.run(stdin) }),
      address: machine.address,
      sandbox,
      hostKeys: [this.hostKey.privateKey],
      authorizedKeys: [this.userKey.publicKey],
      binDirs: [
        fileURLToPath(new URL('./node-bin', import.meta.url)),
        bin,
        fileURLToPath(new URL('./bin', import.meta.url)),
      ],
    })
    node.faults.onExec = (script) => this.scriptHooks.forEach((hook) => hook('before', script, name))
    node.faults.onDone = (script) => this.scriptHooks.forEach((hook) => hook('after', script, name))
    this.nodes.set(name, node)
  }

  /** Plays one simulated command. */
  private async play(machine: Machine, pending: PendingCall): Promise<void> {
    const call = new Call(this.cluster, machine, pending, (one) => this.moment(one))
    try {
      call.pause()
      for (const hook of this.commandHooks) {
        const code = await hook(call)
        if (code !== undefined) {
          call.exit(code)
          return
        }
      }
      const all: Readonly<Record<string, Command | undefined>> = { ...commands, ...etcdCommands }
      const command = all[call.name]
      call.exit(command === undefined ? 127 : await command(call))
    } catch (error) {
      if (error instanceof Killed) return
      call.err(
        `the simulator failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      )
      call.exit(70)
    }
  }

  /** Only what a job runs: between the changes of a job its node may be lost, between two looks nothing is. */
  private moment(call: Call): boolean {
    if (this.momentHooks.size === 0 || !this.node(call.machine.name).runsJob()) return false
    return [...this.momentHooks].some((hook) => hook(call))
  }

  private writeFiles(): void {
    writeFileSync(join(this.folder, 'inventory.yaml'), this.inventory())
    writeFileSync(join(this.folder, 'known_hosts'), this.knownHosts())
  }
}
