import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Version } from '../../../src/versions/version.ts'
import type { Component } from './releases.ts'

/** The file that every simulated command is. */
export const standInFile = fileURLToPath(new URL('../stand-in', import.meta.url))

/** How dpkg sees a package: `ii` installed, `iU` unpacked only; rpm knows installed ones only. Holds are kept apart. */
export interface Package {
  version: string
  state: 'ii' | 'iU'
}

/** The kubelet's service and process. Times: milliseconds since the epoch. */
export interface Kubelet {
  state: 'running' | 'stopped' | 'crashing'
  /** Of the process, not of the package. */
  version: Version
  startedAt: number
  /** First report of its state to the API after the start; 0: not yet. */
  reportedAt: number
  /** Last time that it reached its API server. */
  contactAt: number
  restarts: number
  /** Its last words when it crashes. */
  error: string
  /** When it makes the containers of the static pods anew, as a new version of it does; 0: not to come. */
  recreateAt: number
  /** Address of the API server in its kubeconfig, as read at its start. */
  server: string
  /** What the Node object says. */
  reportedVersion: Version
}

/** The container of a static pod. */
export interface Container {
  /** Text of the manifest that it was made from. */
  manifest: string
  image: string
  startedAt: number
  readyAt: number
  restarts: number
  /** When its process ended by itself; 0: it runs. */
  exitedAt: number
}

export interface MachineOptions {
  readonly name: string
  readonly role: 'control-plane' | 'worker'
  readonly address: string
  readonly sandbox: string
  /** Folder with etcdctl and etcdutl at their places, as the root of the etcd container. */
  readonly etcdRoot: string
  readonly machineId: string
  readonly uid: string
  readonly version: Version
  /** Whose database has the packages; apt unless said. */
  readonly packageManager?: 'apt' | 'dnf'
  readonly windows?: boolean
  readonly now: number
}

/** One simulated machine: packages, kubelet, containers; its files are real ones in its sandbox. */
export class Machine {
  readonly name: string
  readonly role: 'control-plane' | 'worker'
  readonly address: string
  readonly sandbox: string
  readonly machineId: string
  readonly uid: string
  readonly packageManager: 'apt' | 'dnf'
  readonly windows: boolean
  readonly packages = new Map<string, Package>()
  readonly holds = new Set<string>()
  readonly images = new Set<string>()
  readonly containers = new Map<Component, Container>()
  readonly kubelet: Kubelet
  /** Images whose containers never answer: a fault. */
  readonly brokenImages = new Set<string>()
  /** Components that do not answer for a while, whatever their container does: a fault. */
  readonly down = new Set<Component>()
  /** Images that are not there cannot be pulled: a fault. */
  pullsFail = false
  /** Why the kubelet crashes at its next start: a fault. */
  kubeletCrash = ''
  /** Free space in KiB, of every file system. */
  freeKiB = 40 * 1024 * 1024
  /** Who holds dpkg's lock now. */
  dpkgLock = ''
  private readonly etcdRoot: string
  private readonly processes = new Map<Component, ChildProcess>()

  constructor(options: MachineOptions) {
    this.name = options.name
    this.role = options.role
    this.address = options.address
    this.sandbox = options.sandbox
    this.etcdRoot = options.etcdRoot
    this.windows = options.windows ?? false
    // As the kubelet of Windows has it.
    this.machineId = this.windows ? options.name : options.machineId
    this.uid = options.uid
    this.packageManager = options.packageManager ?? 'apt'
    this.kubelet = {
      state: 'running',
      version: options.version,
      reportedVersion: options.version,
      startedAt: options.now,
      reportedAt: options.now,
      contactAt: options.now,
      restarts: 0,
      error: '',
      recreateAt: 0,
      server: '',
    }
  }

  /** The real path of a path of the node. */
  path(path: string): string {
    return path.startsWith(`${this.sandbox}/`) ? path : join(this.sandbox, path)
  }

  /** The path as the node knows it. */
  shown(path: string): string {
    return path.startsWith(`${this.sandbox}/`) ? path.slice(this.sandbox.length) : path
  }

  /** Text of a file of the node; undefined when there is none. */
  read(path: string): string | undefined {
    const file = this.path(path)
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined
  }

  /** Names in a folder of the node; none when there is no such folder. */
  names(folder: string): string[] {
    return existsSync(this.path(folder)) ? readdirSync(this.path(folder)) : []
  }

  /** Every path of the node with the content that it has; folders and links have none. */
  contents(): [path: string, content: Buffer | string | undefined][] {
    const { sandbox } = this
    return readdirSync(sandbox, { recursive: true, withFileTypes: true }).map((entry) => {
      const file = join(entry.parentPath, entry.name)
      return [file.slice(sandbox.length), entry.isFile() ? readFileSync(file) : undefined]
    })
  }

  write(path: string, text: string): void {
    const file = this.path(path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  /** Makes a simulated command of a file. */
  standIn(path: string): void {
    const file = this.path(path)
    mkdirSync(dirname(file), { recursive: true })
    symlinkSync(standInFile, file)
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true, force: true })
  }

  /**
   * A process that stands for the container's, so that scripts can send it signals; its folder in /proc is there as
   * long as it is. Ends with the simulator, whatever happens to that.
   */
  processOf(component: Component): number {
    const running = this.processes.get(component)
    if (running?.pid !== undefined) return running.pid
    const child = spawn('cat', [], { stdio: ['pipe', 'ignore', 'ignore'] })
    const { pid } = child
    if (pid === undefined) throw new Error('no process could be started')
    this.processes.set(component, child)
    mkdirSync(this.path(`/proc/${pid}`), { recursive: true })
    symlinkSync(`/usr/local/bin/${component}`, this.path(`/proc/${pid}/exe`))
    symlinkSync(this.etcdRoot, this.path(`/proc/${pid}/root`))
    child.once('exit', () => {
      this.remove(`/proc/${pid}`)
      if (this.processes.get(component) !== child) return
      this.processes.delete(component)
      const container = this.containers.get(component)
      if (container !== undefined) container.exitedAt = Date.now()
    })
    return pid
  }

  /** Ends the stand-in process of a container that is made anew. */
  endProcess(component: Component): void {
    const child = this.processes.get(component)
    this.processes.delete(component)
    child?.kill('SIGKILL')
  }

  endProcesses(): void {
    for (const component of [...this.processes.keys()]) this.endProcess(component)
  }
}
