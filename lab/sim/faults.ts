import { compareVersions } from '../../src/versions/version.ts'
import type { Call } from './commands/command.ts'
import type { Machine } from './model/machine.ts'
import { imageOf, version } from './model/releases.ts'
import type { Simulation } from './simulation.ts'

/**
 * Where a fault strikes. Simulated commands are matched by their line (`kubeadm upgrade apply --yes ...`), remote
 * commands (scripts over SSH) are counted over the whole simulation from the moment of injection.
 */
export interface Place {
  /** Default: the fault's own. */
  readonly node?: string
  /** Text in the line of a simulated command. Default: the fault's own. */
  readonly command?: string
  /** Which one of them, or of the remote commands; from 1. Default: the first. */
  readonly number?: number
  /** For faults at remote commands: before it runs, or after its answer was sent. Default: before. */
  readonly when?: 'before' | 'after'
}

/** Something that goes wrong in the world of the action. */
export interface Fault {
  /** What happens, as a sentence for people. */
  readonly description: string
  /** What a person does about it before the next run; undefined: nothing is needed. */
  readonly repair?: string
  /** Sets the fault; @returns what takes it away again. */
  inject(simulation: Simulation, place: Place): () => void
}

/** Faults by name; docs and demo list them. */
export const faults: Readonly<Record<string, Fault>> = {
  'drop-connections': {
    description: 'All SSH connections to a node break while kubeadm upgrades it.',
    inject: (simulation, place) =>
      atCommand(simulation, { node: 'cp1', command: 'kubeadm upgrade', ...place }, ({ machine }) => {
        // With the next script under way: between two scripts nobody would notice.
        const stop = simulation.onScript((at, _script, node) => {
          if (at !== 'before' || node !== machine.name) return
          stop()
          simulation.node(node).dropConnections()
        })
      }),
  },
  'kubeadm-fails': {
    description:
      'The API server of the new version does not come up on a node: kubeadm gives up and rolls back.',
    repair: 'The new API server can start again.',
    inject(simulation, { node = 'cp2' }) {
      const machine = simulation.cluster.machine(node)
      const running = version(machine.containers.get('kube-apiserver')?.image ?? '')
      for (const offered of simulation.cluster.offered)
        if (compareVersions(offered, running) > 0)
          machine.brokenImages.add(imageOf('kube-apiserver', offered))
      return () => machine.brokenImages.clear()
    },
  },
  'apt-lock': {
    description: "Something else holds dpkg's lock on a node and does not end.",
    repair: 'The other process has ended.',
    inject(simulation, place) {
      const locked = new Set<Machine>()
      const stop = atCommand(
        simulation,
        { node: 'w1', command: 'apt-get install', number: 2, ...place },
        ({ machine }) => {
          machine.dpkgLock = 'process 812 (unattended-upgr)'
          locked.add(machine)
        },
      )
      return () => {
        stop()
        for (const machine of locked) machine.dpkgLock = ''
      }
    },
  },
  'kubelet-crash': {
    description: 'The kubelet of a node crashes at its next start.',
    repair: "The kubelet's configuration is corrected.",
    inject(simulation, { node = 'w1' }) {
      const machine = simulation.cluster.machine(node)
      machine.kubeletCrash =
        'failed to load kubelet config file, path: /var/lib/kubelet/config.yaml: unknown field "imageGCHighThreshold"'
      return () => {
        machine.kubeletCrash = ''
      }
    },
  },
  'node-unreachable': {
    description: 'A node hangs up on every SSH connection.',
    repair: 'The node answers again.',
    inject(simulation, { node: name = 'w1' }) {
      const node = simulation.node(name)
      node.faults.hangUp = Infinity
      node.dropConnections()
      return () => {
        node.faults.hangUp = 0
      }
    },
  },
  'pdb-blocks': {
    description: 'The disruption budget of the web service allows no eviction.',
    repair: 'The budget allows one again.',
    inject({ cluster }) {
      cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 2 } })
      return () => cluster.store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 1 } })
    },
  },
  'kill-runner': {
    description: 'The runner is gone from one moment to the next; what runs on the nodes goes on.',
    inject: (simulation, { number = 25, when = 'before' }) => {
      let count = 0
      return simulation.onScript((at) => {
        if (at === when && ++count === number) simulation.killRunner()
      })
    },
  },
}

/** Does something before the n-th simulated command that matches. @returns ends it */
export function atCommand(
  simulation: Pick<Simulation, 'onCommand'>,
  place: Place,
  action: (call: Call) => void,
): () => void {
  let count = 0
  return simulation.onCommand((call) => {
    const here = place.node === undefined || call.machine.name === place.node
    if (here && call.line.includes(place.command ?? '') && ++count === (place.number ?? 1)) action(call)
    return undefined
  })
}

/** `NAME[@NODE]`, as command lines take it. @throws {Error} naming the faults that there are */
export function parseFault(text: string): { name: string; fault: Fault; place: Place } {
  const [name = '', node] = text.split('@')
  const fault = faults[name]
  if (fault === undefined)
    throw new Error(`There is no fault "${name}"; there are: ${Object.keys(faults).join(', ')}`)
  return { name, fault, place: node === undefined ? {} : { node } }
}
