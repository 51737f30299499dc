import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PendingCall } from '../../lab/sim/calls.ts'
import { Call } from '../../lab/sim/commands/command.ts'
import { commands, etcdCommands } from '../../lab/sim/commands/index.ts'
import { Cluster } from '../../lab/sim/model/cluster.ts'
import { Machine } from '../../lab/sim/model/machine.ts'
import { version } from '../../lab/sim/model/releases.ts'
import { Time } from '../../lab/sim/model/time.ts'
import { furnish } from '../../lab/sim/sandbox.ts'
import { addObjects } from '../../lab/sim/seed.ts'

/** What a simulated command printed, and its exit code. */
export interface Played {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A simulated cluster without SSH and shells: its commands are called directly. */
export class Lab {
  readonly cluster: Cluster
  private readonly folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-model-'))

  constructor(controlPlanes: number, workers: number, at = 'v1.36.4') {
    const offered = ['v1.35.4', 'v1.36.4', 'v1.36.5', 'v1.37.1', 'v1.38.0'].map(version)
    this.cluster = new Cluster({ time: new Time(0.002), version: version(at), offered })
    const names = [
      ...Array.from({ length: controlPlanes }, (_, index) => `cp${index + 1}`),
      ...Array.from({ length: workers }, (_, index) => `w${index + 1}`),
    ]
    for (const [index, name] of names.entries()) {
      const machine = new Machine({
        name,
        role: name.startsWith('cp') ? 'control-plane' : 'worker',
        address: `10.0.0.${index + 1}`,
        sandbox: join(this.folder, name),
        etcdRoot: this.folder,
        machineId: `${index}`.padStart(32, 'a'),
        uid: `uid-${name}-0000`,
        version: version(at),
        now: this.cluster.time.now(),
      })
      this.cluster.machines.set(name, machine)
      furnish(this.cluster, machine, version(at))
    }
    addObjects(this.cluster, version(at))
  }

  /** Runs a command on a machine; the words are its arguments, without a shell. */
  async run(node: string, line: string | readonly string[], stdin = ''): Promise<Played> {
    const argv = typeof line === 'string' ? line.split(' ') : line
    let out = ''
    let err = ''
    const pending: PendingCall = {
      argv,
      stdin,
      killed: false,
      out: (text) => (out += text),
      err: (text) => (err += text),
      exit: () => undefined,
      shell: () => undefined,
      touch: () => undefined,
    }
    const call = new Call(this.cluster, this.cluster.machine(node), pending)
    const command = commands[call.name] ?? etcdCommands[call.name]
    if (command === undefined) throw new Error(`There is no command ${call.name}`)
    const code = await command(call)
    return { code, out, err }
  }

  /** `kubectl` as cluster administrator on the first control plane node. */
  kubectl(...args: string[]): Promise<Played> {
    return this.run('cp1', ['kubectl', '--kubeconfig=/etc/kubernetes/admin.conf', ...args])
  }

  /** Points apt at a minor and installs packages of a version, as the action does. */
  async install(node: string, names: readonly string[], to: string): Promise<Played> {
    const file = '/etc/apt/sources.list.d/kubernetes.list'
    const machine = this.cluster.machine(node)
    machine.write(file, (machine.read(file) ?? '').replace(/v1\.\d+/, to.split('.').slice(0, 2).join('.')))
    await this.run(node, 'apt-get update')
    await this.run(node, ['apt-mark', 'unhold', ...names])
    return this.run(node, ['apt-get', 'install', '-y', ...names.map((name) => `${name}=${to.slice(1)}-*`)])
  }

  /** `kubeadm upgrade` with an UpgradeConfiguration. */
  upgrade(node: string, action: 'apply' | 'node', to?: string): Promise<Played> {
    const text = `kind: UpgradeConfiguration\n${action}: {${to === undefined ? '' : `kubernetesVersion: ${to}`}}\n`
    this.cluster.machine(node).write('/var/lib/kubeadm-upgrade/config.yaml', text)
    return this.run(node, `kubeadm upgrade ${action} --config /var/lib/kubeadm-upgrade/config.yaml`)
  }

  /** Ready condition of a node, as kubectl shows it. */
  async ready(node: string): Promise<string> {
    const { out } = await this.kubectl('get', 'node', node, '-o', 'jsonpath={.status.conditions[3].status}')
    return out
  }

  end(): void {
    for (const machine of this.cluster.machines.values()) machine.endProcesses()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
