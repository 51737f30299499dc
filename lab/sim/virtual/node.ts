import type { PendingCall } from '../calls.ts'
import { Killed, type Call, type Command } from '../commands/command.ts'
import { commands, etcdCommands } from '../commands/index.ts'
import { startKubelet, stopKubelet } from '../model/kubelet.ts'
import type { Cluster } from '../model/cluster.ts'
import type { Files } from '../posix/files.ts'
import { Shell } from '../posix/shell.ts'
import type { Life, Tool, ToolCall, World } from '../posix/world.ts'
import { collector, nothing, type Stream } from '../posix/streams.ts'
import type { VirtualMachine } from './machine.ts'

/** Seconds from a reboot until sshd and the kubelet are there. */
const bootTime = 20

/** What the whole simulation decides about a command of a node. */
export type MakeCall = (machine: VirtualMachine, pending: PendingCall, life: Life) => Call
export type PlayCall = (call: Call, command: Command) => Promise<number>

/** A machine one can run scripts on, without SSH, processes and real time. */
export class VirtualNode implements World {
  readonly name: string
  readonly files: Files
  readonly machine: VirtualMachine
  /** Network trouble: nobody gets through. */
  unreachable = false
  /** Comes when the connections that are there now break. */
  loss = Promise.withResolvers<undefined>()
  private readonly cluster: Cluster
  private readonly lives = new Set<Life>()
  private readonly units = new Map<string, Life>()
  private readonly makeCall: MakeCall
  private readonly playCall: PlayCall
  private upAt = 0
  private lastPid = 20_000
  private boots = 0

  constructor(cluster: Cluster, machine: VirtualMachine, makeCall: MakeCall, playCall: PlayCall) {
    this.cluster = cluster
    this.machine = machine
    this.name = machine.name
    this.makeCall = makeCall
    this.playCall = playCall
    this.files = machine.files
    this.files.makeFolder('/proc/sys/kernel/random', true)
    this.files.makeFolder('/tmp', true)
    this.newBootId()
  }

  get reachable(): boolean {
    return !this.unreachable && this.now() >= this.upAt
  }

  now(): number {
    return this.cluster.time.now()
  }

  /** On virtual time scripts that look ten times a second whether something has come look twice: that saves most of the work. */
  sleep(milliseconds: number): Promise<void> {
    return this.cluster.time.wait(Math.max(milliseconds, this.cluster.time.step))
  }

  /** Runs a script as root. It lives on when whoever started it is gone. */
  async run(
    text: string,
    args: readonly string[],
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const out = collector()
    const err = collector()
    const code = await this.start(text, args.map(toBytes), out, err, 'sh', this.newLife())
    return { code, stdout: toText(out.text()), stderr: toText(err.text()) }
  }

  private start(
    text: string,
    positional: readonly string[],
    out: Stream,
    err: Stream,
    zero: string,
    life: Life,
  ): Promise<number> {
    this.lives.add(life)
    const streams = new Map([
      [0, nothing],
      [1, out],
      [2, err],
    ])
    const shell = new Shell(this, life, streams, { positional, name: zero })
    return shell.script(toBytes(text)).finally(() => this.lives.delete(life))
  }

  tool(name: string): Tool | undefined {
    if (name === 'systemctl') return (call) => this.systemctl(call)
    if (name === 'systemd-run') return (call) => this.systemdRun(call)
    const all: Readonly<Record<string, Command | undefined>> = { ...commands, ...etcdCommands }
    const command = all[name]
    return command === undefined ? undefined : (call) => this.play(call, command)
  }

  private async play(call: ToolCall, command: Command): Promise<number> {
    const { life } = call.shell
    const pending: PendingCall = {
      argv: [call.path, ...call.args].map(toText),
      stdin: call.args.includes('-') ? toText(call.stdin.rest()) : '',
      get killed() {
        return life.ended
      },
      out: (text) => call.out(toBytes(text)),
      err: (text) => call.err(toBytes(text)),
      shell: () => {
        throw new Error('What needs a real shell is not played on virtual time')
      },
      exit: () => undefined,
      touch: () => undefined,
    }
    try {
      return await this.playCall(this.makeCall(this.machine, pending, life), command)
    } catch (error) {
      if (error instanceof Killed) return new Promise(() => undefined)
      throw error
    }
  }

  private systemctl(call: ToolCall): number | Promise<number> {
    const words = call.args.filter((word) => !word.startsWith('-'))
    const command = commands['sim-systemctl']
    if (command !== undefined && words.some((word) => /^(kubelet(\.service)?|daemon-reload)$/.test(word)))
      return this.play(call, command)
    const [verb = '', unit = ''] = words
    const active = this.units.get(unit.replace(/\.service$/, ''))?.ended === false
    if (verb === 'show' || verb === 'is-active') {
      call.out(`${active ? 'active' : 'inactive'}\n`)
      return verb === 'show' || active ? 0 : 3
    }
    call.err(`Unknown command verb '${verb}'.\n`)
    return 1
  }

  private systemdRun(call: ToolCall): number {
    const unit = (call.args.find((word) => word.startsWith('--unit=')) ?? '').replace(
      /^--unit=|\.service$/g,
      '',
    )
    const [file = '', ...args] = call.args.slice(call.args.findIndex((word) => !word.startsWith('-')) + 1)
    const life = this.newLife()
    this.units.set(unit, life)
    void this.start(this.files.read(file), args, nothing, nothing, file, life).then(() => (life.ended = true))
    return 0
  }

  isJob(life: Life): boolean {
    return [...this.units.values()].includes(life)
  }

  /** Ends all units at once, as an out-of-memory kill does. */
  killJobs(): void {
    for (const life of this.units.values()) life.ended = true
    this.units.clear()
    // The kernel frees the lock of whoever is gone.
    this.machine.dpkgLock = this.machine.dpkgLock.includes('apt-get') ? '' : this.machine.dpkgLock
  }

  dropConnections(): void {
    this.loss.resolve(undefined)
    this.loss = Promise.withResolvers()
  }

  /** The machine loses power and is back after a while: what ran is gone, kubelet and containers start anew. */
  reboot(): void {
    const { machine, cluster } = this
    this.killJobs()
    for (const life of this.lives) life.ended = true
    this.lives.clear()
    this.dropConnections()
    this.newBootId()
    machine.dpkgLock = ''
    machine.endProcesses()
    cluster.inWork.delete(machine.name)
    for (const container of machine.containers.values()) container.exitedAt = this.now()
    stopKubelet(machine)
    this.upAt = this.now() + bootTime * 1000
    const boot = this.boots
    void this.sleep(bootTime * 1000).then(() => {
      if (boot === this.boots) startKubelet(cluster, machine)
    })
  }

  kill(pid: string, signal: string): boolean {
    if (signal === '0') return [...this.lives].some((life) => !life.ended && String(life.pid) === pid)
    return this.machine.endByPid(Number(pid), this.now())
  }

  private newLife(): Life {
    return { pid: ++this.lastPid, ended: false }
  }

  private newBootId(): void {
    this.files.write('/proc/sys/kernel/random/boot_id', `${this.name}-boot-${++this.boots}\n`)
  }
}

/** The shell's strings are bytes. */
function toBytes(text: string): string {
  return /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

function toText(bytes: string): string {
  return /[^\0-\x7f]/.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes
}
