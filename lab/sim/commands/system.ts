import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from './command.ts'
import { startKubelet, stopKubelet } from '../model/kubelet.ts'
import { components } from '../model/releases.ts'
import { timestamp } from '../model/time.ts'

/** systemctl, for the kubelet's unit and for systemd itself; other units are the stand-in's of the jobs. */
export const systemctl: Command = async (call) => {
  const { machine, cluster } = call
  const { kubelet } = machine
  const verb = call.args.find((word) => !word.startsWith('-'))
  switch (verb) {
    case 'daemon-reload':
      return 0
    case 'start':
      if (kubelet.state !== 'running') startKubelet(cluster, machine)
      return 0
    case 'restart':
      await call.sleep(1)
      startKubelet(cluster, machine)
      return 0
    case 'stop':
      stopKubelet(machine)
      return 0
    case 'is-active':
      call.out(states[kubelet.state][0])
      return kubelet.state === 'running' ? 0 : 3
    case 'show': {
      const [active, sub] = states[kubelet.state]
      const values = {
        NRestarts: kubelet.restarts,
        ExecMainStartTimestamp: kubelet.state === 'stopped' ? '' : timestamp(kubelet.startedAt),
        LoadState: 'loaded',
        ActiveState: active,
        SubState: sub,
        Result: kubelet.state === 'crashing' ? 'exit-code' : 'success',
      }
      const properties = call.options('-p', '--property').flatMap((list) => list.split(','))
      for (const [name, value] of Object.entries(values)) {
        if (properties.length > 0 && !properties.includes(name)) continue
        call.out(call.has('--value') ? String(value) : `${name}=${value}`)
      }
      return 0
    }
    default:
      call.err(`Unknown command verb '${verb ?? ''}'.`)
      return 1
  }
}

const states = {
  running: ['active', 'running'],
  stopped: ['inactive', 'dead'],
  crashing: ['activating', 'auto-restart'],
} as const

/** journalctl -u kubelet. */
export const journalctl: Command = (call) => {
  const { kubelet, name } = call.machine
  if (kubelet.error !== '')
    call.out(`E1122 12:00:00.000000    4242 run.go:72] "command failed" err="${kubelet.error}"`)
  else
    call.out(
      `I1122 12:00:00.000000    4242 kubelet_node_status.go:78] "Successfully registered node" node="${name}"`,
    )
  return 0
}

/** kubelet --version. */
export const kubeletVersion: Command = (call) => {
  const found = call.machine.packages.get('kubelet')
  if (found === undefined) return 127
  call.out(`Kubernetes v${found.version.replace(/-\d.*$/, '').replace('~', '-')}`)
  return 0
}

/** pgrep -x NAME, for the processes of static pods. */
export const pgrep: Command = (call) => {
  // A process's name has at most fifteen characters.
  const component = components.find((one) => call.args.includes(one.slice(0, 15)))
  call.cluster.settle()
  const container = component === undefined ? undefined : call.machine.containers.get(component)
  if (component === undefined || container === undefined || container.exitedAt > 0) return 1
  if (container.startedAt > call.cluster.time.now()) return 1
  call.out(String(call.machine.processOf(component)))
  return 0
}

/** uname -n, -sr, -m. */
export const uname: Command = (call) => {
  if (call.has('-n')) call.out(call.machine.name)
  else if (call.has('-m')) call.out('x86_64')
  else call.out('Linux 6.12.0-sim')
  return 0
}

/** df -Pk PATH...: one file system. A path that is not there is an error, after the others. */
export const df: Command = (call) => {
  const { machine } = call
  const size = 80 * 1024 * 1024
  const free = machine.freeKiB
  call.out('Filesystem     1024-blocks      Used Available Capacity Mounted on')
  const used = size - free
  const share = `${Math.round((used / size) * 100)}%`
  const paths = call.args.filter((one) => one !== '' && !one.startsWith('-'))
  const absent = paths.filter((path) => machine.role === 'worker' && machine.shown(path) === '/var/lib/etcd')
  for (const path of absent) call.err(`df: ${machine.shown(path)}: No such file or directory`)
  for (let count = absent.length; count < paths.length; count++)
    call.out(`/dev/vda1         ${size} ${used}  ${free}      ${share} /`)
  return absent.length === 0 ? 0 : 1
}

/** du -sk PATH: the data of etcd have the size of a small cluster's, everything else its own. */
export const du: Command = (call) => {
  const { machine } = call
  const path = machine.shown(call.args.at(-1) ?? '')
  if (path === '/var/lib/etcd' && machine.role === 'control-plane') call.out(`61440\t${path}`)
  else if (existsSync(machine.path(path))) call.out(`${kibibytes(machine.path(path))}\t${path}`)
  else {
    call.err(`du: cannot access '${path}': No such file or directory`)
    return 1
  }
  return 0
}

/** getent ahosts NAME: the load balancer has an address of its own. */
export const getent: Command = (call) => {
  const [database, name] = call.args
  if (database !== 'ahosts' || name !== 'lb.sim') return 2
  call.out('127.0.9.1       STREAM lb.sim', '127.0.9.1       DGRAM  ')
  return 0
}

/** Every file and folder takes blocks of 4 KiB. */
function kibibytes(path: string): number {
  const found = lstatSync(path)
  if (!found.isDirectory()) return Math.ceil(found.size / 4096) * 4
  return readdirSync(path).reduce((sum, name) => sum + kibibytes(join(path, name)), 4)
}
