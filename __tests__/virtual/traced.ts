import { dirname, join } from 'node:path'
import type { Call } from '../../lab/sim/commands/command.ts'
import { apiServerReady, isUp } from '../../lab/sim/model/control-plane.ts'
import { nodeReady } from '../../lab/sim/model/kubelet.ts'
import type { Cluster } from '../../lab/sim/model/cluster.ts'
import type { Machine } from '../../lab/sim/model/machine.ts'
import type { VirtualSimulation } from '../../lab/sim/virtual/world.ts'
import type { Event, Start } from '../plan/upgrade-checker.ts'

/** Writes down what is done to the simulated nodes from now on, from the commands that run there, for the checker of upgrades. */
export function trace(simulation: VirtualSimulation): Event[] {
  const { cluster } = simulation
  const events: Event[] = []
  simulation.onCommand((call) => {
    for (const event of eventsOf(call)) {
      const machine = cluster.machine(event.node)
      if (machine.role === 'control-plane' && othersAreHealthy(cluster, machine))
        events.push({ node: event.node, what: 'gate', version: event.version })
      events.push(event)
    }
    return undefined
  })
  return events
}

/** The cluster as it is now, for the checker. */
export function startOf({ cluster }: VirtualSimulation, target: string): Start {
  const machines = [...cluster.machines.values()].map(({ name, role, kubelet, containers }) => {
    const apiServer = containers.get('kube-apiserver')?.image.replace(/^.*:/, '')
    return {
      name,
      controlPlane: role === 'control-plane',
      kubelet: kubelet.version,
      kubeadm: kubelet.version,
      apiServer,
      local: !kubelet.server.includes(cluster.endpoint),
      cordoned: 'no' as const,
      ready: true,
      kubeadmRan: [],
    }
  })
  const [primary] = machines
  return {
    machines,
    configured: primary?.apiServer ?? '',
    primary: primary?.name ?? '',
    maxUnavailable: cluster.maxUnavailable,
    target,
    excused: [],
  }
}

function eventsOf(call: Call): Event[] {
  const { line, machine } = call
  const here = (what: string, version: string): Event[] => [{ node: machine.name, what, version }]
  const [, action] = /^kubeadm upgrade (apply|node) /.exec(line) ?? []
  if (action !== undefined && !call.has('--dry-run')) {
    const extracted = machine.read(join(dirname(call.path), '../share/doc/kubeadm/version'))
    if (call.path.includes('/kubeadm-upgrade/') && extracted !== undefined)
      return here('kubeadm-upgrade-node-between', extracted.trim())
    return here(`kubeadm-upgrade-${action}`, versionOf(machine, 'kubeadm'))
  }
  if (line.startsWith('apt-get install') && !call.has('--download-only'))
    return [...line.matchAll(/ (kubeadm|kubelet)=([\d.]+)/g)].flatMap(([, name = '', version = '']) =>
      here(`install-${name}`, `v${version}`),
    )
  if (line === 'systemctl restart kubelet') return here('restart-kubelet', versionOf(machine, 'kubelet'))
  const [, drained] = /^kubectl .*drain (\S+)/.exec(line) ?? []
  if (drained !== undefined) return [{ node: drained, what: 'drain', version: '' }]
  const [, patched, unschedulable] =
    /^kubectl .*patch node (\S+).*"unschedulable":(true|null)/.exec(line) ?? []
  if (patched === undefined) return []
  return [{ node: patched, what: unschedulable === 'true' ? 'cordon' : 'uncordon', version: '' }]
}

function versionOf(machine: Machine, name: string): string {
  return `v${machine.packages.get(name)?.version.split('-')[0] ?? ''}`
}

function othersAreHealthy(cluster: Cluster, machine: Machine): boolean {
  cluster.settle()
  return cluster.controlPlanes
    .filter((one) => one !== machine)
    .every((one) => apiServerReady(cluster, one) && isUp(cluster, one, 'etcd') && nodeReady(cluster, one))
}
