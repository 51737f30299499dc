import pLimit from 'p-limit'
import { readRecoveryFacts, type RecoveryFacts } from '../cluster/recovery.ts'
import { readSnapshot } from '../cluster/snapshot.ts'
import { asFailure, Failure } from '../failure.ts'
import { readFacts } from '../node/facts.ts'
import { leftoverPath, readLeftovers } from '../node/leftovers.ts'
import { describeFolder } from '../plan/recovery/manifests.ts'
import type { RecoveryInput, RecoveryNode } from '../plan/recovery/state.ts'
import type { BackupReport } from '../report/model.ts'
import { admin, followToItsEnd } from './look.ts'
import { controlPlaneNames, remoteOf, type Run } from './run.ts'

/** Nodes that are asked at the same time. */
const parallel = 40

/**
 * Looks at every control plane node, and at the cluster if an API server answers; nothing of it needs one.
 * @throws {Failure} when a control plane node cannot be reached: what its member of etcd does cannot be told then
 */
export async function lookForRecovery(run: Run): Promise<RecoveryInput> {
  const names = controlPlaneNames(run)
  const [nodes, snapshot] = await Promise.all([
    Promise.all(names.map((name, index) => lookAtNode(run, name, index === 0))),
    readSnapshot(admin(run)).catch((): undefined => undefined),
  ])
  return { nodes, snapshot, confirmRestore: run.policy.etcd.confirmRestore }
}

async function lookAtNode(run: Run, name: string, primary: boolean): Promise<RecoveryNode> {
  const remote = remoteOf(run, name)
  try {
    const [facts, recovery] = await Promise.all([readFacts(remote), readRecoveryFacts(remote)])
    return { name, primary, facts, recovery }
  } catch (error) {
    const failure = asFailure(error)
    if (failure.reason !== 'unreachable-node') throw failure
    throw new Failure(failure.reason, failure.message, {
      node: name,
      seen: failure.seen,
      next: `Recovery needs every control plane node of the inventory: whether the etcd member of ${name} lives cannot be told otherwise. Make it reachable; if it is gone for good, take it out of the inventory.`,
      cause: failure,
    })
  }
}

/** Jobs that an earlier run left running are followed to their end: what is seen beside them says nothing. */
export async function followRunningJobs(run: Run, { nodes }: RecoveryInput): Promise<boolean> {
  const running = nodes.flatMap(({ name, facts }) =>
    facts.jobs.flatMap((job) => (job.state === 'running' ? [{ name, id: job.id }] : [])),
  )
  await Promise.all(running.map(({ name, id }) => followToItsEnd(run, name, id)))
  return running.length > 0
}

/** What there is to recover from: the folders of every node, and what they hold. */
export async function listBackups(run: Run, { nodes }: RecoveryInput): Promise<BackupReport[]> {
  const limit = pLimit(parallel)
  const workers = run.inventory.nodes.filter(({ role, os }) => role === 'worker' && os !== 'windows')
  const ofWorkers = await Promise.all(workers.map(({ name }) => limit(() => backupsOfWorker(run, name))))
  return [...nodes.flatMap(({ name, recovery }) => backupsOf(name, recovery)), ...ofWorkers.flat()]
}

function backupsOf(node: string, { folders, snapshots }: RecoveryFacts): BackupReport[] {
  return [
    ...folders.map((folder) => ({
      node,
      name: folder.name,
      holds: describeFolder(folder),
      KiB: folder.KiB,
      changed: folder.changed,
    })),
    ...snapshots.map(({ name, bytes, changed, revision }) => ({
      node,
      name,
      holds:
        revision === undefined ? 'snapshot of etcd, not verified' : `snapshot of etcd, revision ${revision}`,
      KiB: Math.ceil(bytes / 1024),
      changed,
    })),
  ]
}

/** Nothing of a worker is restored: one that cannot be asked is left out. */
async function backupsOfWorker(run: Run, node: string): Promise<BackupReport[]> {
  try {
    const { leftovers } = await readLeftovers(remoteOf(run, node))
    return leftovers
      .filter(({ where }) => where === 'kubeadm')
      .map((one) => ({
        node,
        name: leftoverPath(one).replace(/^.*\//, ''),
        holds: "the kubelet's old configuration",
        KiB: one.KiB,
        changed: one.changed,
      }))
  } catch (error) {
    run.log.info(`${node}: ${asFailure(error).message}`)
    return []
  }
}

/** The versions that a control plane node shows on disk, for the report. */
export function versionsOnDisk({ facts, recovery }: RecoveryNode) {
  return {
    kubelet: facts.binaries.kubelet ?? '',
    kubeadm: facts.binaries.kubeadm ?? '',
    apiServer: recovery.manifests.get('kube-apiserver')?.version ?? '',
    etcd: recovery.manifests.get('etcd')?.version ?? '',
  }
}
