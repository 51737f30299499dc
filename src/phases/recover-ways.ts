import {
  initialClusterIn,
  joiningManifest,
  peerUrlIn,
  promoteMemberJob,
  replaceMemberJob,
  restoreEtcdJob,
  stopEtcdJob,
} from '../cluster/etcd-recovery.ts'
import type { Manifest } from '../cluster/recovery.ts'
import { Failure } from '../failure.ts'
import { kubeadmAgainJob } from '../node/kubeadm.ts'
import { restartKubeletJob } from '../node/kubelet.ts'
import { restoreManifestsJob } from '../node/static-pods.ts'
import type { Way } from '../plan/recovery/state.ts'
import type { Job, JobResult } from '../ssh/jobs.ts'
import { perform } from './jobs.ts'
import { remoteOf, type Run } from './run.ts'

type Of<Kind extends Way['kind']> = Extract<Way, { kind: Kind }>

/** Does what a way out says, step by step. Every step may be repeated. @throws {Failure} of the step that failed */
export async function takeWay(run: Run, way: Way): Promise<void> {
  switch (way.kind) {
    case 'start-kubelet':
      return step(run, way, 'start the kubelet', way.node, restartKubeletJob())
    case 'restore-manifests':
      return restoreManifests(
        run,
        way,
        way.copies.map(({ manifest }) => manifest),
      )
    case 'kubeadm-again':
      return step(run, way, `kubeadm upgrade ${way.action}`, way.node, kubeadmAgainJob(way, run.policy))
    case 'rejoin-member':
      return rejoinMember(run, way)
    case 'restore-etcd':
      return restoreEtcd(run, way)
  }
}

/** Folder for what is replaced, one for each way of a run. */
function folderOf(run: Run): string {
  return new Date(run.clock.now()).toISOString().slice(0, 19).replaceAll(':', '-')
}

async function step(run: Run, way: Way, what: string, node: string, job: Job): Promise<void> {
  await run.recorder.step(way.node, { id: way.kind, why: what }, () => performOn(run, way, node, job))
}

function performOn(run: Run, way: Way, node: string, job: Job): Promise<JobResult> {
  return perform(run, remoteOf(run, node), job, {
    node: way.node,
    step: way.kind,
    reason: way.kind === 'kubeadm-again' ? 'kubeadm-failed' : 'control-plane-unhealthy',
    next: 'Correct what is said above, then run recover again: it looks first, and goes on from what it sees.',
  })
}

async function restoreManifests(
  run: Run,
  way: Way,
  manifests: readonly Pick<Manifest, 'component' | 'text'>[],
): Promise<void> {
  const what = `manifests of ${manifests.map(({ component }) => component).join(', ')}`
  await step(run, way, what, way.node, restoreManifestsJob(folderOf(run), manifests))
}

/** https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#replacing-a-failed-etcd-member */
async function rejoinMember(run: Run, way: Of<'rejoin-member'>): Promise<void> {
  const { node, driver, manifest, apiServer } = way
  const peerUrl = requiredPeerUrl(node, manifest)
  // First: a member that started a cluster of its own serves an empty one.
  await step(run, way, 'stop the member, keep its data', node, stopEtcdJob(folderOf(run), true))
  const initialCluster = await run.recorder.step(
    node,
    { id: way.kind, why: 'replace the member by a learner' },
    async () => {
      const { output } = await performOn(run, way, driver, replaceMemberJob(node, peerUrl))
      const members = initialClusterIn(output)
      if (members !== undefined) return members
      throw new Failure('etcd-unhealthy', `${driver} did not say which members etcd has.`, {
        node,
        seen: output.slice(-2000),
        next: 'Run recover again.',
      })
    },
  )
  await restoreManifests(run, way, [
    { component: 'etcd', text: joiningManifest(manifest, initialCluster) },
    ...(apiServer === undefined ? [] : [{ component: 'kube-apiserver' as const, text: apiServer }]),
  ])
  const promote = promoteMemberJob(node, peerUrl, run.policy.timeouts.controlPlaneHealthy)
  await step(run, way, 'promote the learner', driver, promote)
}

/** https://etcd.io/docs/latest/op-guide/recovery/ */
async function restoreEtcd(run: Run, way: Of<'restore-etcd'>): Promise<void> {
  const { node, others, source, manifest, apiServer, version } = way
  const peerUrl = requiredPeerUrl(node, manifest)
  const folder = folderOf(run)
  // Members of the lost cluster must not come back beside the new one; they join it afterwards.
  for (const other of others)
    await step(run, way, `stop the member of ${other}`, other, stopEtcdJob(folder, true))
  await step(run, way, 'stop the member', node, stopEtcdJob(folder, false))
  const what = `data from ${source.kind} ${source.name}`.trimEnd()
  await step(run, way, what, node, restoreEtcdJob(folder, source, { version, name: node, peerUrl }))
  await restoreManifests(run, way, [
    { component: 'etcd', text: manifest },
    ...(apiServer === undefined ? [] : [{ component: 'kube-apiserver' as const, text: apiServer }]),
  ])
}

function requiredPeerUrl(node: string, manifest: string): string {
  const url = peerUrlIn(manifest)
  if (url !== undefined) return url
  throw new Failure('etcd-unhealthy', `The manifest of etcd on ${node} names no peer URL.`, {
    node,
    next: 'kubeadm writes a whole one: kubeadm init phase etcd local.',
  })
}
