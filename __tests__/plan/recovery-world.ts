import { staticPodNames, type Manifest, type StaticPodName } from '../../src/cluster/recovery.ts'
import { diagnose } from '../../src/plan/recovery.ts'
import type { Diagnosis, RecoveryNode } from '../../src/plan/recovery/state.ts'
import { readVersion } from '../../src/versions/version.ts'
import { TestCluster, v } from './world.ts'

/** A manifest of a component at a version; etcd's is etcd's own. */
export function manifest(component: StaticPodName, version: string): Manifest {
  const text = [
    'kind: Pod',
    'spec:',
    '  containers:',
    '  - command:',
    `    - ${component}`,
    '    - --initial-advertise-peer-urls=https://10.0.0.1:2380',
    '    - --initial-cluster=cp1=https://10.0.0.1:2380',
    `    image: registry.k8s.io/${component}:${version}`,
    '',
  ].join('\n')
  return { component, text, version: readVersion(version), broken: undefined }
}

/** kubeadm's folder of old or new manifests. */
export function folder(name: string, ...manifests: Manifest[]): RecoveryNode['recovery']['folders'][number] {
  const changed = Date.parse(`${name.slice(-19, -9)}T${name.slice(-8).replaceAll('-', ':')}Z`)
  return { name, changed, KiB: 16, manifests, dbBytes: undefined, copyRevision: undefined }
}

/** Control plane nodes at 1.36.4 with etcd 3.6.8, all well, that a test bends; the cluster answers unless it says not. */
export class RecoveryWorld {
  readonly cluster = new TestCluster()
  readonly nodes: RecoveryNode[]
  answers = true
  confirmRestore = false

  constructor(controlPlanes = 3) {
    const names = ['cp1', 'cp2', 'cp3'].slice(0, controlPlanes)
    this.nodes = names.map((name, index) => ({
      name,
      primary: index === 0,
      facts: this.cluster.fact(name),
      recovery: {
        manifests: new Map(
          staticPodNames.map((one) => [one, manifest(one, one === 'etcd' ? '3.6.8-0' : 'v1.36.4')]),
        ),
        folders: [],
        snapshots: [],
        running: ['etcd', 'kube-apiserver', 'kube-controller', 'kube-scheduler'],
        data: {
          dbBytes: 6_000_000,
          walFiles: 1,
          KiB: 60_000,
          readable: undefined,
          revision: undefined,
          storageVersion: undefined,
        },
        etcdVersions: new Map([
          [v('1.36.4'), v('3.6.8')],
          [v('1.37.1'), v('3.7.0')],
        ]),
        knowsCluster: true,
        health: {
          node: name,
          apiServerReady: true,
          errors: '',
          etcd: {
            answered: true,
            version: '3.6.8',
            dbSize: 6_000_000,
            leader: 1,
            memberId: index + 1,
            raftIndex: 5000,
            raftTerm: 2,
            problems: [],
            members: names,
            voters: names.length,
          },
        },
        etcdClusterId: '42',
        revision: 4000,
        learner: false,
      },
    }))
  }

  node(name: string): RecoveryNode {
    const node = this.nodes.find((one) => one.name === name)
    if (node === undefined) throw new Error(name)
    return node
  }

  /** The member of a node is gone, and its API server with it. */
  etcdDown(name: string): void {
    const { recovery } = this.node(name)
    if (recovery.health.etcd) Object.assign(recovery.health.etcd, { answered: false, leader: 0 })
    Object.assign(recovery, { running: [], knowsCluster: undefined, etcdClusterId: '', revision: 0 })
    recovery.health.apiServerReady = false
    Object.assign(recovery.data, { readable: true, revision: 3900, storageVersion: v('3.6.0') })
  }

  /** The data of a member that does not run are gone. */
  dataLost(name: string): void {
    this.etcdDown(name)
    const gone = {
      dbBytes: undefined,
      walFiles: 0,
      KiB: 4,
      readable: undefined,
      revision: undefined,
      storageVersion: undefined,
    }
    Object.assign(this.node(name).recovery.data, gone)
  }

  diagnosis(): Diagnosis {
    const snapshot = this.answers ? this.cluster.snapshot() : undefined
    return diagnose({ nodes: this.nodes, snapshot, confirmRestore: this.confirmRestore })
  }

  /** State, node and way in one line. */
  found(): string {
    const { state, node, way, mayPass } = this.diagnosis()
    const what =
      way?.kind === 'restore-manifests'
        ? ` ${way.copies.map((one) => `${one.manifest.component} ${one.manifest.version ?? ''} from ${one.folder}`).join(', ')}`
        : way?.kind === 'restore-etcd'
          ? ` ${way.source.kind} ${way.source.name} on ${way.node}, then ${way.others.join(' ')}`
          : ''
    return [
      state,
      node ?? '-',
      way === undefined ? 'no way' : `${way.kind}${what}`,
      mayPass ? 'may pass' : '',
    ]
      .join(' | ')
      .trimEnd()
  }
}
