import { compareVersions, minorOf, minorsBetween, type Version } from '../../../src/versions/version.ts'
import type { Cluster } from './cluster.ts'
import type { Machine } from './machine.ts'
import { version, type Component } from './releases.ts'

/** Whether the container of a static pod runs and answers. */
export function isUp(cluster: Cluster, machine: Machine, component: Component): boolean {
  const container = machine.containers.get(component)
  if (container === undefined || machine.brokenImages.has(container.image)) return false
  if (machine.down.has(component)) return false
  return container.exitedAt === 0 && container.readyAt <= cluster.time.now()
}

/** Machines with an etcd member that answers. */
export function etcdMembersUp(cluster: Cluster): Machine[] {
  return cluster.controlPlanes.filter((machine) => isUp(cluster, machine, 'etcd'))
}

/** More than half of the members have to answer: https://etcd.io/docs/latest/faq/ */
export function hasQuorum(cluster: Cluster): boolean {
  return etcdMembersUp(cluster).length > cluster.controlPlanes.length / 2
}

/** An API server is ready while it runs and etcd has a quorum; its own member first, another one otherwise. */
export function apiServerReady(cluster: Cluster, machine: Machine): boolean {
  return isUp(cluster, machine, 'kube-apiserver') && hasQuorum(cluster)
}

/** The version of a machine's API server; undefined without one. */
export function apiServerVersion(machine: Machine): Version | undefined {
  const container = machine.containers.get('kube-apiserver')
  return container === undefined ? undefined : version(container.image)
}

/** The API servers that `server` (of a kubeconfig) leads to and that are ready: one machine's, or all behind the load balancer. */
export function serversBehind(cluster: Cluster, server: string): Machine[] {
  const host = server.replace(/^https:\/\//, '').replace(/:\d+$/, '')
  const machines = cluster.controlPlanes.filter(
    (machine) => host === cluster.endpoint.split(':')[0] || host === machine.address,
  )
  return machines.filter((machine) => apiServerReady(cluster, machine))
}

/** Elects another leader when the old one is gone. */
export function settleEtcd(cluster: Cluster): void {
  const up = etcdMembersUp(cluster)
  if (!hasQuorum(cluster)) {
    cluster.etcdLeader = ''
    return
  }
  if (up.some((machine) => machine.name === cluster.etcdLeader)) return
  cluster.etcdLeader = up[0]?.name ?? ''
  cluster.etcdTerm++
}

/** How a kubelet may stand to an API server: https://kubernetes.io/releases/version-skew-policy/#kubelet */
export type Skew = 'newer' | 'supported' | 'too-old'

const skews = new Map<string, Skew>()

/** Worked out once for each pair of versions: hundreds of kubelets have the same one. */
export function skewOf(kubelet: Version, server: Version): Skew {
  const pair = `${kubelet} ${server}`
  const known = skews.get(pair)
  if (known !== undefined) return known
  const newer = compareVersions(kubelet, server) > 0
  const tooOld = minorsBetween(minorOf(kubelet), minorOf(server)) > 3
  const skew = newer ? 'newer' : tooOld ? 'too-old' : 'supported'
  skews.set(pair, skew)
  return skew
}
