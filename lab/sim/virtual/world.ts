import { Call, type Command } from '../commands/command.ts'
import { Cluster } from '../model/cluster.ts'
import { version } from '../model/releases.ts'
import { furnish } from '../sandbox.ts'
import { addObjects } from '../seed.ts'
import { defaultVersion, type CommandHook, type MomentHook, type ScriptHook } from '../simulation.ts'
import { VirtualMachine } from './machine.ts'
import { VirtualNode } from './node.ts'
import { Runner } from './runner.ts'
import type { Time } from '../model/time.ts'
import { VirtualTime } from './time.ts'

export interface VirtualOptions {
  readonly controlPlanes: number
  readonly workers: number
  /** That the cluster runs. */
  readonly version?: string
  readonly offered?: readonly string[]
  /** Of the machine with a number, from 1. */
  readonly addressOf?: (number: number) => string
}

/**
 * The simulated cluster without SSH, processes and real time: the action runs in this process (action.ts), its scripts in
 * the simulator's own shell (../posix), and an upgrade that takes twenty minutes takes half a second. What that leaves
 * out (SSH, real shells, the bundle, signals) is played by ../simulation.ts.
 */
export class VirtualSimulation<T extends Time = VirtualTime> {
  readonly time: T
  readonly cluster: Cluster
  readonly nodes = new Map<string, VirtualNode>()
  /** Counts the runs of the action. */
  runs = 0
  /** Ends the runner, if whoever started it has set this. */
  killRunner: () => void = () => undefined
  private readonly commandHooks = new Set<CommandHook>()
  private readonly scriptHooks = new Set<ScriptHook>()
  private readonly momentHooks = new Set<MomentHook>()

  /** @param time default: a virtual one */
  constructor(options: VirtualOptions, time: Time = new VirtualTime(Date.UTC(2026, 0, 5, 8))) {
    const { controlPlanes, workers, offered = [defaultVersion, 'v1.37.1'] } = options
    const { addressOf = (number) => `10.0.0.${number}` } = options
    this.time = time as T
    const at = version(options.version ?? defaultVersion)
    this.cluster = new Cluster({ time: this.time, version: at, offered: offered.map(version) })
    for (let number = 1; number <= controlPlanes + workers; number++) {
      const role = number <= controlPlanes ? 'control-plane' : 'worker'
      const name = role === 'worker' ? `w${number - controlPlanes}` : `cp${number}`
      const machine = new VirtualMachine({
        name,
        role,
        address: addressOf(number),
        machineId: `${number}`.padStart(32, 'a'),
        uid: `5a1d0000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`,
        version: at,
        now: this.time.now(),
      })
      this.cluster.machines.set(name, machine)
      furnish(this.cluster, machine, at)
      this.nodes.set(name, this.makeNode(machine))
    }
    addObjects(this.cluster, at)
  }

  node(name: string): VirtualNode {
    const node = this.nodes.get(name)
    if (node === undefined) throw new Error(`There is no node ${name}`)
    return node
  }

  /** Another machine that the action can run on. */
  runner(): Runner {
    return new Runner(this.time, this.nodes, (...at) => this.scriptHooks.forEach((hook) => hook(...at)))
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

  reboot(name: string): void {
    this.node(name).reboot()
  }

  inventory(): object {
    const nodes = [...this.cluster.machines.values()].map(({ name, address, role }) => ({
      name,
      host: address,
      role,
    }))
    return { cluster: 'simulated', nodes }
  }

  private makeNode(machine: VirtualMachine): VirtualNode {
    const node: VirtualNode = new VirtualNode(
      this.cluster,
      machine,
      (one, pending, life) =>
        new Call(this.cluster, one, pending, (call) =>
          node.isJob(life) ? [...this.momentHooks].some((hook) => hook(call)) : false,
        ),
      (call, command) => this.play(call, command),
    )
    return node
  }

  private async play(call: Call, command: Command): Promise<number> {
    call.pause()
    for (const hook of this.commandHooks) {
      const code = await hook(call)
      if (code !== undefined) return code
    }
    return command(call)
  }
}
