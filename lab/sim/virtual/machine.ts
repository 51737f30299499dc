import { dirname } from 'node:path'
import { Machine, type MachineOptions } from '../model/machine.ts'
import { components, type Component } from '../model/releases.ts'
import { Files } from '../posix/files.ts'

/** A machine whose files are in memory and whose containers have numbers instead of processes. */
export class VirtualMachine extends Machine {
  readonly files = new Files()
  private readonly pids = new Map<Component, number>()
  private lastPid = 1000

  constructor(options: Omit<MachineOptions, 'sandbox' | 'etcdRoot'>) {
    super({ ...options, sandbox: '', etcdRoot: '' })
  }

  override path(path: string): string {
    return path
  }

  override shown(path: string): string {
    return path
  }

  override read(path: string): string | undefined {
    return this.files.isFile(path) ? this.files.read(path) : undefined
  }

  override names(folder: string): string[] {
    return this.files.names(folder)
  }

  override contents(): [path: string, content: string | undefined][] {
    return this.files.tree('/').map((path) => [path, this.read(path)])
  }

  override write(path: string, text: string): void {
    this.files.makeFolder(dirname(path), true)
    this.files.write(path, text)
  }

  /** The shell finds a simulated command by its name, wherever it is. */
  override standIn(path: string): void {
    this.write(path, '')
  }

  override remove(path: string): void {
    this.files.remove(path, true)
  }

  override processOf(component: Component): number {
    const known = this.pids.get(component)
    if (known !== undefined) return known
    const pid = ++this.lastPid
    this.pids.set(component, pid)
    this.files.makeFolder(`/proc/${pid}`, true)
    this.files.link(`/proc/${pid}/exe`, `/usr/local/bin/${component}`)
    return pid
  }

  override endProcess(component: Component): void {
    const pid = this.pids.get(component)
    this.pids.delete(component)
    if (pid !== undefined) this.remove(`/proc/${pid}`)
  }

  override endProcesses(): void {
    for (const component of components) this.endProcess(component)
  }

  /** A process got a signal and ends. @returns whether there is one */
  endByPid(pid: number, now: number): boolean {
    const component = components.find((one) => this.pids.get(one) === pid)
    if (component === undefined) return false
    this.endProcess(component)
    const container = this.containers.get(component)
    if (container !== undefined) container.exitedAt = now
    return true
  }
}
