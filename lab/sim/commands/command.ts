import { basename } from 'node:path'
import type { PendingCall } from '../calls.ts'
import type { Cluster } from '../model/cluster.ts'
import type { Machine } from '../model/machine.ts'

/** What a simulated command does: it prints through the call and gives its exit code. */
export type Command = (call: Call) => number | Promise<number>

/** Ends a command whose caller was killed: nothing that comes after it happens. */
export class Killed extends Error {}

/** A simulated command under way, and the world it runs in. */
export class Call {
  readonly cluster: Cluster
  readonly machine: Machine
  /** The command as it was called, such as `/usr/bin/kubeadm`. */
  readonly path: string
  readonly args: readonly string[]
  private readonly pending: PendingCall
  private readonly moment: ((call: Call) => boolean) | undefined

  /** @param moment asked before the command and whenever it waits; true: the caller has just been killed */
  constructor(cluster: Cluster, machine: Machine, pending: PendingCall, moment?: (call: Call) => boolean) {
    this.moment = moment
    this.cluster = cluster
    this.machine = machine
    this.pending = pending
    const [path = '', ...args] = pending.argv
    this.path = path
    this.args = args
  }

  get name(): string {
    return basename(this.path)
  }

  get stdin(): string {
    return this.pending.stdin
  }

  /** Name and arguments in one line, for faults and logs. */
  get line(): string {
    return [this.name, ...this.args].join(' ')
  }

  out(...lines: string[]): void {
    this.pending.out(lines.map((line) => `${line}\n`).join(''))
  }

  err(...lines: string[]): void {
    this.pending.err(lines.map((line) => `${line}\n`).join(''))
  }

  /** Prints text as it is, without a line feed. */
  raw(text: string): void {
    this.pending.out(text)
  }

  /** Lets the caller's shell do something, such as print what is no text or too much of it. */
  shell(line: string): void {
    this.pending.shell(line)
  }

  exit(code: number): void {
    this.pending.exit(code)
  }

  /** A point between two changes, at which somebody may end the caller. @throws {Killed} */
  pause(): void {
    if (this.moment?.(this) === true) throw new Killed()
  }

  /** Lets seconds of the simulated cluster pass. @throws {Killed} */
  async sleep(seconds: number): Promise<void> {
    await this.until(() => false, seconds)
  }

  /**
   * Waits until something is so, at most so many seconds of the simulated cluster.
   * @returns whether it is so
   * @throws {Killed}
   */
  async until(condition: () => boolean, seconds: number): Promise<boolean> {
    const { time } = this.cluster
    this.pause()
    const end = time.now() + time.of(seconds)
    for (;;) {
      this.cluster.settle()
      if (condition()) return true
      const left = end - time.now()
      if (left <= 0) return false
      await time.wait(Math.min(left, time.step))
      this.pending.touch()
      if (this.pending.killed) throw new Killed()
    }
  }

  /** Values of an option: `--name=value`, or `-o value`. */
  options(...names: string[]): string[] {
    return this.args.flatMap((argument, at) => {
      const long = names.find((name) => argument.startsWith(`${name}=`))
      if (long !== undefined) return [argument.slice(long.length + 1)]
      const before = this.args[at - 1] ?? ''
      return names.includes(before) && !argument.startsWith('--') ? [argument] : []
    })
  }

  option(...names: string[]): string | undefined {
    return this.options(...names).at(-1)
  }

  has(...names: string[]): boolean {
    return this.args.some((argument) => names.includes(argument))
  }
}
