import type { Version } from '../../../src/versions/version.ts'
import { settleKubelet } from './kubelet.ts'
import type { Machine } from './machine.ts'
import { ObjectStore } from './store.ts'
import type { Time } from './time.ts'
import { noteUnavailable, settleWorkloads, type Pod, type Workload } from './workloads.ts'

/*
 * Start reading here. The cluster is one state that all machines share, and time: nothing happens by itself, `settle`
 * brings it up to now before anybody looks. kubelet.ts, control-plane.ts and workloads.ts hold the rules; objects.ts shows
 * the state as the API does; the folder commands/ is what people and kubeadm do to it.
 */

/** What somebody did that a real cluster would have taken badly; a test expects none. */
export interface Violation {
  readonly rule:
    'control-planes-in-work' | 'kubelet-newer' | 'kubelet-too-old' | 'pods-lost' | 'max-unavailable'
  readonly text: string
}

export interface ClusterOptions {
  readonly time: Time
  readonly version: Version
  /** Versions that the package repositories have. */
  readonly offered: readonly Version[]
}

export class Cluster {
  readonly time: Time
  readonly offered: readonly Version[]
  /** `controlPlaneEndpoint`: a load balancer in front of all API servers. */
  readonly endpoint = 'lb.sim:6443'
  readonly machines = new Map<string, Machine>()
  /** Objects as they are stored; those that are computed from the machines are in objects.ts. */
  readonly store = new ObjectStore()
  readonly pods: Pod[] = []
  readonly workloads: Workload[] = []
  readonly violations: Violation[] = []
  /** Versions of the addons' images, and when their rollout ends. */
  readonly addons: Record<'kube-proxy' | 'coredns', { image: string; settledAt: number }>
  /** What clients ask every API server for, although it is deprecated. */
  readonly deprecatedApis: { group: string; version: string; resource: string; removed: string }[] = []
  /** Name of the machine whose etcd member leads; empty without a quorum. */
  etcdLeader = ''
  etcdTerm = 2
  /** Counts the pods that controllers have made, for their names. */
  podsMade = 0
  /** How many workers may be out of service at a time: what whoever upgrades the cluster has promised. */
  maxUnavailable = 1
  /** Nodes whose control plane kubeadm is changing now. */
  readonly inWork = new Set<string>()
  private found: readonly Machine[] = []
  private counted = 0

  constructor(options: ClusterOptions) {
    this.time = options.time
    this.offered = options.offered
    this.addons = { 'kube-proxy': { image: '', settledAt: 0 }, coredns: { image: '', settledAt: 0 } }
  }

  /** Asked for so often that looking through hundreds of machines each time would be most of a simulation's work. */
  get controlPlanes(): readonly Machine[] {
    if (this.counted !== this.machines.size) {
      this.found = [...this.machines.values()].filter((machine) => machine.role === 'control-plane')
      this.counted = this.machines.size
    }
    return this.found
  }

  machine(name: string): Machine {
    const machine = this.machines.get(name)
    if (machine === undefined) throw new Error(`There is no machine ${name}`)
    return machine
  }

  /** Brings everything up to the present moment. */
  settle(): void {
    for (const machine of this.machines.values()) settleKubelet(this, machine)
    settleWorkloads(this)
    noteUnavailable(this)
  }
}
