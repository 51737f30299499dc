import { parseSections } from '../node/sections.ts'
import type { Job } from '../ssh/jobs.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import type { Version } from '../versions/version.ts'
import { adminScript } from './admin.ts'
import { etcdutlScript } from './recovery.ts'

const stop = loadScript('etcd-stop', new URL('./scripts/etcd-stop.sh', import.meta.url))
const restore = loadScript('etcd-restore', new URL('./scripts/etcd-restore.sh', import.meta.url))
const replace = loadScript(
  'etcd-replace-member',
  new URL('./scripts/etcd-replace-member.sh', import.meta.url),
)
const promote = loadScript(
  'etcd-promote-member',
  new URL('./scripts/etcd-promote-member.sh', import.meta.url),
)

/** Milliseconds for what is done with the data of etcd: it may be gigabytes. */
const dataTimeout = 30 * 60_000

/**
 * Ends the node's etcd member and API server, and keeps their manifests.
 * @param folder name of the folder in /var/lib/kubeadm-upgrade/replaced
 * @param data whether the data go there as well
 */
export function stopEtcdJob(folder: string, data: boolean): Job {
  const args = [folder, data ? 'data' : 'manifests']
  return {
    purpose: 'stop-etcd',
    script: joinScripts('etcd-stop', etcdutlScript, stop),
    args,
    timeout: dataTimeout,
  }
}

/** Makes the data of a new cluster of one member; for a node whose member was stopped. */
export function restoreEtcdJob(
  folder: string,
  source: { kind: string; name: string },
  member: { version: Version; name: string; peerUrl: string },
): Job {
  const args = [folder, source.kind, source.name, member.version.slice(1), member.name, member.peerUrl]
  return {
    purpose: 'restore-etcd',
    script: joinScripts('etcd-restore', etcdutlScript, restore),
    args,
    timeout: dataTimeout,
  }
}

/** Removes a member and adds it as a learner; runs on the node of another member. */
export function replaceMemberJob(name: string, peerUrl: string): Job {
  return {
    purpose: `replace-member-${name}`,
    script: adminScript(replace),
    args: [name, peerUrl],
    timeout: 120_000,
  }
}

/** The members in the output of `replaceMemberJob`, as --initial-cluster takes them; undefined: it is not complete. */
export function initialClusterIn(output: string): string | undefined {
  const sections = parseSections(output)
  const cluster = sections.get('initial-cluster')?.trim()
  return sections.has('end') && cluster ? cluster : undefined
}

/** Promotes the learner when it has caught up. @param timeout milliseconds to wait for that */
export function promoteMemberJob(name: string, peerUrl: string, timeout: number): Job {
  const args = [peerUrl, String(Math.ceil(timeout / 1000))]
  return { purpose: `promote-member-${name}`, script: adminScript(promote), args, timeout: timeout + 60_000 }
}

/** The peer URL that a manifest of etcd announces. */
export function peerUrlIn(manifest: string): string | undefined {
  return /^ *- --initial-advertise-peer-urls=(\S+)$/m.exec(manifest)?.[1]
}

/** The manifest of a member that joins: kubeadm's own names the cluster of its first start, or none at all. */
export function joiningManifest(manifest: string, initialCluster: string): string {
  const rest = manifest.replaceAll(/^ *- --initial-cluster(-state)?=.*\n/gm, '')
  return rest.replace(
    /^( *)(- --initial-advertise-peer-urls=.*\n)/m,
    `$1$2$1- --initial-cluster=${initialCluster}\n$1- --initial-cluster-state=existing\n`,
  )
}
