import type { Clock } from '../../../src/clock.ts'
import { Failure } from '../../../src/failure.ts'
import type { Connector } from '../../../src/ssh/connection.ts'
import type { Output, Remote, RunOptions, Script } from '../../../src/ssh/remote.ts'
import { preamble } from '../../../src/ssh/shell.ts'
import type { Time } from '../model/time.ts'
import type { VirtualNode } from './node.ts'

/** Milliseconds of a way to a node. */
const latency = 5
/** As in ssh/link.ts: a connection that was up before is tried again for so long. */
const reconnectLimit = 60_000

/** Hooks around each script. */
export type AtScript = (at: 'before' | 'after', script: string, node: string) => void

/** The machine that the action runs on: once it is killed, nothing of it goes on. */
export class Runner implements Connector {
  readonly clock: Clock
  private readonly time: Time
  private readonly nodes: ReadonlyMap<string, VirtualNode>
  private readonly atScript: AtScript
  private readonly remotes = new Map<string, Remote>()
  private killed = false

  constructor(time: Time, nodes: ReadonlyMap<string, VirtualNode>, atScript: AtScript) {
    this.time = time
    this.nodes = nodes
    this.atScript = atScript
    this.clock = { now: () => time.now(), sleep: (ms) => this.alive(time.wait(ms)) }
  }

  /** From one moment to the next. */
  kill(): void {
    this.killed = true
  }

  remote({ node }: { readonly node: string }): Remote {
    const known = this.remotes.get(node)
    if (known !== undefined) return known
    const machine = this.nodes.get(node)
    if (machine === undefined) throw new Error(`There is no node ${node}`)
    const remote = new VirtualRemote(machine, this.time, this.atScript, (promise) => this.alive(promise))
    this.remotes.set(node, remote)
    return remote
  }

  close(): void {
    this.killed = true
  }

  /** What a killed process waits for never comes. */
  private async alive<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise
    } finally {
      if (this.killed) await new Promise(() => undefined)
    }
  }
}

class VirtualRemote implements Remote {
  readonly node: string
  readonly shell = 'sh'
  private readonly machine: VirtualNode
  private readonly time: Time
  private readonly atScript: AtScript
  private readonly alive: <T>(promise: Promise<T>) => Promise<T>
  private wasUp = false

  constructor(
    machine: VirtualNode,
    time: Time,
    atScript: AtScript,
    alive: <T>(promise: Promise<T>) => Promise<T>,
  ) {
    this.machine = machine
    this.node = machine.name
    this.time = time
    this.atScript = atScript
    this.alive = alive
  }

  run(script: Script, options: RunOptions = {}): Promise<Output> {
    return this.alive(this.send(script, options))
  }

  close(): void {
    this.machine.dropConnections()
  }

  private async send(script: Script, { args = [], timeout = 60_000 }: RunOptions): Promise<Output> {
    await this.connected()
    const { machine, time } = this
    const loss = machine.loss.promise
    await time.wait(latency)
    this.atScript('before', script.text, this.node)
    await this.alive(Promise.resolve())
    const ended = machine.run(`${preamble}\n${script.text}`, args)
    const output = await Promise.race([ended, loss, time.wait(timeout).then(() => undefined)])
    if (output === undefined)
      throw new Failure('connection-lost', `The connection to ${this.node} was lost during ${script.name}.`, {
        node: this.node,
      })
    await time.wait(latency)
    this.atScript('after', script.text, this.node)
    return output
  }

  private async connected(): Promise<void> {
    const until = this.time.now() + reconnectLimit
    while (!this.machine.reachable) {
      if (!this.wasUp || this.time.now() >= until)
        throw new Failure('unreachable-node', `No SSH connection to ${this.node}.`, { node: this.node })
      await this.alive(this.time.wait(2000))
    }
    this.wasUp = true
  }
}
