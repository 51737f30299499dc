import { describe, expect, test } from '@jest/globals'
import { joiningManifest } from '../../src/cluster/etcd-recovery.ts'
import { folder, manifest, RecoveryWorld } from './recovery-world.ts'
import { target, v } from './world.ts'

const older = 'kubeadm-backup-manifests-2026-11-24-20-00-00'
const newer = 'kubeadm-backup-manifests-2026-11-24-20-10-00'
const fresh = 'kubeadm-upgraded-manifests-2026-11-24-20-10-00'

describe('nothing to recover', () => {
  test('a cluster that is well', () => {
    expect(new RecoveryWorld().found()).toBe('nothing-wrong | - | no way |')
  })

  test('a control plane whose first node is upgraded: the phase goes on', () => {
    const world = new RecoveryWorld()
    for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const)
      world.node('cp1').recovery.manifests.set(component, manifest(component, 'v1.37.1'))
    expect(world.found()).toBe('half-way | - | no way |')
    expect(world.diagnosis().todo).toContain('control-plane, then workers, with version v1.37.1')
  })

  test("kubeadm's exit code and the old API server say that it rolled back", () => {
    const world = new RecoveryWorld()
    world.cluster.jobEnded('cp1', 'kubeadm-upgrade-apply-v1.37.1', 1)
    expect(world.found()).toBe('rolled-back | cp1 | no way |')
    // Done again with success, it is history.
    world.cluster.jobEnded('cp1', 'kubeadm-upgrade-apply-v1.37.1', 0)
    Object.assign(world.cluster.fact('cp1').jobs[1] ?? {}, { startedAt: 5 })
    expect(world.found()).toBe('half-way | - | no way |')
  })

  test('a job that was killed is no verdict of kubeadm', () => {
    const world = new RecoveryWorld()
    world.cluster.jobEnded('cp1', 'kubeadm-upgrade-apply-v1.37.1', null)
    expect(world.found()).toBe('half-way | - | no way |')
  })

  test('workers that are left, and nodes that we cordoned', () => {
    const world = new RecoveryWorld()
    world.cluster.finishAll()
    for (const { recovery } of world.nodes)
      for (const component of ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const)
        recovery.manifests.set(component, manifest(component, target))
    expect(world.found()).toBe('nothing-wrong | - | no way |')
    world.cluster.node('w1').cordonedByUs = true
    expect(world.found()).toBe('half-way | - | no way |')
  })
})

describe('manifests', () => {
  test('killed between two renames: the copy that belongs to the API server, not the newest', () => {
    const world = new RecoveryWorld()
    const { recovery } = world.node('cp2')
    recovery.manifests.delete('etcd')
    recovery.folders.push(
      folder(older, manifest('etcd', '3.6.8-0')),
      folder(newer, manifest('etcd', '3.7.0-0')),
    )
    expect(world.found()).toBe(`manifest-missing | cp2 | restore-manifests etcd v3.6.8 from ${older} |`)
  })

  test('with the new API server beside it the new etcd belongs there', () => {
    const world = new RecoveryWorld()
    const { recovery } = world.node('cp2')
    recovery.manifests.set('kube-apiserver', manifest('kube-apiserver', 'v1.37.1'))
    recovery.manifests.delete('etcd')
    recovery.folders.push(
      folder(newer, manifest('etcd', '3.6.8-0'), manifest('kube-apiserver', 'v1.36.4')),
      folder(fresh, manifest('etcd', '3.7.0-0')),
    )
    expect(world.found()).toBe(`manifest-missing | cp2 | restore-manifests etcd v3.7.0 from ${fresh} |`)
  })

  test('an older API server is never put beside newer components: its copy is no way out', () => {
    const world = new RecoveryWorld()
    const { recovery } = world.node('cp1')
    recovery.manifests.delete('kube-apiserver')
    for (const component of ['kube-controller-manager', 'kube-scheduler'] as const)
      recovery.manifests.set(component, manifest(component, 'v1.37.1'))
    recovery.folders.push(folder(newer, manifest('kube-apiserver', 'v1.36.4')))
    expect(world.found()).toBe('manifest-missing | cp1 | no way |')
    expect(world.diagnosis().todo).toContain('kubeadm init phase control-plane apiserver')
  })

  test('a scheduler may be a minor older than the API server', () => {
    const world = new RecoveryWorld()
    const { recovery } = world.node('cp1')
    for (const component of ['kube-apiserver', 'kube-controller-manager'] as const)
      recovery.manifests.set(component, manifest(component, 'v1.37.1'))
    recovery.manifests.set('kube-scheduler', { ...manifest('kube-scheduler', 'v1.37.1'), broken: 'cut off' })
    recovery.folders.push(folder(older, manifest('kube-scheduler', 'v1.36.4')))
    expect(world.found()).toBe(
      `manifest-missing | cp1 | restore-manifests kube-scheduler v1.36.4 from ${older} |`,
    )
  })

  test('all manifests gone and no API server: what the kubelet belongs to', () => {
    const world = new RecoveryWorld(1)
    const { recovery } = world.node('cp1')
    world.etcdDown('cp1')
    world.answers = false
    recovery.manifests.clear()
    const all = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const
    recovery.folders.push(
      folder(older, ...all.map((one) => manifest(one, one === 'etcd' ? '3.6.8-0' : 'v1.36.4'))),
      folder(newer, ...all.map((one) => manifest(one, one === 'etcd' ? '3.6.6-0' : 'v1.35.4'))),
    )
    expect(world.found()).toContain(`etcd v3.6.8 from ${older}, kube-apiserver v1.36.4 from ${older}`)
  })

  test('etcd of the new version that does not come up: watched, then the old one is put back', () => {
    const world = new RecoveryWorld(1)
    world.etcdDown('cp1')
    world.answers = false
    const { recovery } = world.node('cp1')
    recovery.manifests.set('etcd', manifest('etcd', '3.7.0-0'))
    recovery.folders.push(folder(older, manifest('etcd', '3.6.8-0')))
    expect(world.found()).toBe(
      `component-down | cp1 | restore-manifests etcd v3.6.8 from ${older} | may pass`,
    )
  })

  test('the newer kubeadm calls its own etcd that of the old API server: what the data are for decides', () => {
    const world = new RecoveryWorld(1)
    world.etcdDown('cp1')
    world.answers = false
    world.cluster.fact('cp1').binaries.kubeadm = v('1.37.1')
    const { recovery } = world.node('cp1')
    recovery.etcdVersions.set(v('1.36.4'), v('3.7.0'))
    recovery.manifests.set('etcd', manifest('etcd', '3.7.0-0'))
    recovery.folders.push(folder(older, manifest('etcd', '3.6.8-0')))
    expect(world.found()).toBe(
      `component-down | cp1 | restore-manifests etcd v3.6.8 from ${older} | may pass`,
    )
    // Between two renames there is none at all.
    recovery.manifests.delete('etcd')
    expect(world.found()).toBe(`manifest-missing | cp1 | restore-manifests etcd v3.6.8 from ${older} |`)
    // Once the new etcd has written the data, the old one is no way back.
    recovery.data.storageVersion = v('3.7.0')
    expect(world.found()).toBe('manifest-missing | cp1 | no way |')
  })

  test('an etcd that belongs there and does not answer is not replaced by another patch of it', () => {
    const world = new RecoveryWorld(1)
    world.etcdDown('cp1')
    world.answers = false
    world.node('cp1').recovery.folders.push(folder(older, manifest('etcd', '3.6.6-0')))
    expect(world.found()).toBe('not-understood | cp1 | no way | may pass')
  })

  test('a component that does not come up is written anew by kubeadm, where an API server answers', () => {
    const world = new RecoveryWorld()
    world.node('cp1').recovery.health.apiServerReady = false
    expect(world.found()).toBe('component-down | cp1 | kubeadm-again | may pass')
    world.answers = false
    expect(world.found()).toBe('not-understood | cp1 | no way | may pass')
  })

  test('a kubelet that does not run comes first', () => {
    const world = new RecoveryWorld()
    world.node('cp1').recovery.manifests.clear()
    world.cluster.fact('cp2').kubelet.active = false
    expect(world.found()).toBe('kubelet-stopped | cp2 | start-kubelet | may pass')
  })

  test('beside a kubeadm that runs nothing is done', () => {
    const world = new RecoveryWorld()
    world.node('cp3').recovery.running.push('kubeadm')
    expect(world.found()).toBe('not-understood | cp3 | no way | may pass')
  })
})

describe('etcd', () => {
  test('a member of a living cluster that lost its data is joined again, never given old ones', () => {
    const world = new RecoveryWorld()
    world.dataLost('cp2')
    world.node('cp2').recovery.snapshots.push({ name: 's.db', changed: 1, bytes: 1, revision: 3000 })
    world.confirmRestore = true
    expect(world.found()).toBe('etcd-member-broken | cp2 | rejoin-member |')
  })

  test('a member that started an empty cluster of its own is the broken one, although it answers', () => {
    const world = new RecoveryWorld()
    Object.assign(world.node('cp1').recovery, { etcdClusterId: '7', knowsCluster: false })
    expect(world.found()).toBe('etcd-member-broken | cp1 | rejoin-member |')
  })

  test('a member that only does not answer is watched, and replaced with a confirmation only', () => {
    const world = new RecoveryWorld()
    world.etcdDown('cp3')
    expect(world.found()).toBe('etcd-member-broken | cp3 | no way | may pass')
    world.confirmRestore = true
    expect(world.found()).toBe('etcd-member-broken | cp3 | rejoin-member | may pass')
  })

  test('a member that lost its data and began anew with none is joined again, although they can be read', () => {
    const world = new RecoveryWorld()
    world.etcdDown('cp1')
    Object.assign(world.node('cp1').recovery.data, { revision: 1 })
    expect(world.found()).toBe('etcd-member-broken | cp1 | rejoin-member |')
  })

  test('a learner that was left by a recovery which was killed is joined again', () => {
    const world = new RecoveryWorld()
    Object.assign(world.node('cp3').recovery, { learner: true })
    world.node('cp3').recovery.health.apiServerReady = false
    expect(world.found()).toBe('etcd-member-broken | cp3 | rejoin-member |')
  })

  test('no manifest of etcd is put back where the member would start an empty cluster', () => {
    const world = new RecoveryWorld()
    world.dataLost('cp2')
    world.node('cp2').recovery.manifests.delete('etcd')
    expect(world.found()).toBe('etcd-member-broken | cp2 | no way |')
    world.node('cp2').recovery.folders.push(folder(older, manifest('etcd', '3.6.8-0')))
    expect(world.found()).toBe('etcd-member-broken | cp2 | rejoin-member |')
  })

  test('the only member: a verified snapshot before the copy of kubeadm, and only with a confirmation', () => {
    const world = new RecoveryWorld(1)
    world.dataLost('cp1')
    world.answers = false
    const { recovery } = world.node('cp1')
    recovery.folders.push({ ...folder(newer), dbBytes: 1, copyRevision: 9000 })
    expect(world.found()).toBe('etcd-data-lost | cp1 | no way |')
    expect(world.diagnosis().todo).toContain('etcd.confirmRestore')
    world.confirmRestore = true
    expect(world.found()).toBe(`etcd-data-lost | cp1 | restore-etcd kubeadm-copy ${newer} on cp1, then  |`)
    recovery.snapshots.push({ name: 'a.db', changed: 1, bytes: 1, revision: 8000 })
    recovery.snapshots.push({ name: 'b.db', changed: 1, bytes: 1, revision: undefined })
    expect(world.found()).toBe('etcd-data-lost | cp1 | restore-etcd snapshot a.db on cp1, then  |')
  })

  test('the only member came up empty: the data are lost although everything answers', () => {
    const world = new RecoveryWorld(1)
    Object.assign(world.node('cp1').recovery, { knowsCluster: false })
    world.answers = false
    expect(world.found()).toBe('etcd-data-lost | - | no way |')
  })

  test('quorum lost: what a member still has goes before a snapshot, and the others join', () => {
    const world = new RecoveryWorld()
    world.answers = false
    world.dataLost('cp1')
    world.etcdDown('cp2')
    world.dataLost('cp3')
    world.node('cp1').recovery.snapshots.push({ name: 'a.db', changed: 1, bytes: 1, revision: 3000 })
    world.confirmRestore = true
    expect(world.found()).toBe('etcd-quorum-lost | cp2 | restore-etcd member  on cp2, then cp1 cp3 |')
  })

  test('the last member that is left takes itself for the leader: no living cluster, nothing is removed from it', () => {
    const world = new RecoveryWorld()
    world.dataLost('cp1')
    world.dataLost('cp2')
    expect(world.found()).toBe('etcd-quorum-lost | cp3 | no way |')
    world.confirmRestore = true
    expect(world.found()).toBe('etcd-quorum-lost | cp3 | restore-etcd member  on cp3, then cp1 cp2 |')
  })

  test('an API server whose etcd has no data is not brought back before etcd is', () => {
    const world = new RecoveryWorld()
    world.dataLost('cp1')
    const { recovery } = world.node('cp1')
    recovery.manifests.delete('etcd')
    recovery.manifests.delete('kube-apiserver')
    const replaced = [manifest('etcd', '3.6.8-0'), manifest('kube-apiserver', 'v1.36.4')]
    recovery.folders.push(folder('2026-11-24-10-00-00', ...replaced))
    expect(world.found()).toBe('etcd-member-broken | cp1 | rejoin-member |')
  })

  test('no quorum while most data are there: not lost, and nothing is replaced', () => {
    const world = new RecoveryWorld()
    world.answers = false
    world.confirmRestore = true
    world.etcdDown('cp1')
    world.etcdDown('cp2')
    if (world.node('cp3').recovery.health.etcd)
      Object.assign(world.node('cp3').recovery.health.etcd ?? {}, { leader: 0 })
    expect(world.found()).toBe('not-understood | - | no way | may pass')
  })

  test('the manifest of a member that joins names the cluster, once', () => {
    const { text } = manifest('etcd', '3.6.8-0')
    const joining = joiningManifest(text, 'cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380')
    expect(joining.match(/--initial-cluster=.*/g)).toEqual([
      '--initial-cluster=cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380',
    ])
    expect(joining).toContain('    - --initial-cluster-state=existing\n')
    expect(joiningManifest(joining, 'x=y').match(/--initial-cluster/g)).toHaveLength(2)
  })
})

test('an external etcd is left alone', () => {
  const world = new RecoveryWorld()
  world.cluster.etcd = 'external'
  world.cluster.clusterConfiguration = 'etcd: {external: {}}'
  for (const { recovery } of world.nodes) {
    recovery.manifests.delete('etcd')
    recovery.health.etcd = undefined
  }
  expect(world.found()).toBe('nothing-wrong | - | no way |')
})
