import { compareVersions, type Version } from '../../../src/versions/version.ts'
import type { Cluster } from '../model/cluster.ts'
import type { Machine } from '../model/machine.ts'
import { version } from '../model/releases.ts'
import { isCordoned } from '../model/workloads.ts'

const jobs = '/var/lib/kubeadm-upgrade/jobs'

/** What an upgrade must have come to, and must never have done, however it was interrupted. @returns what is not so */
export function brokenInvariants({ cluster }: { readonly cluster: Cluster }, target: Version): string[] {
  cluster.settle()
  const machines = [...cluster.machines.values()]
  const lease = cluster.store.find('Lease', 'kube-system', 'kubeadm-upgrade')
  const holder = lease?.spec?.['holderIdentity']
  return [
    ...cluster.violations.map(({ rule, text }) => `${rule}: ${text}`),
    ...machines.flatMap((machine) => notAt(machine, target)),
    ...machines.filter(({ name }) => isCordoned(cluster, name)).map(({ name }) => `${name} is cordoned`),
    ...machines.flatMap(doneTwice),
    ...(typeof holder === 'string' && holder !== '' ? [`the lock is held by ${holder}`] : []),
  ]
}

function notAt(machine: Machine, target: Version): string[] {
  const { name, kubelet, packages, holds, containers } = machine
  const wrong: string[] = []
  if (kubelet.reportedVersion !== target) wrong.push(`${name}: the kubelet is at ${kubelet.reportedVersion}`)
  for (const [one, { version: found, state }] of packages) {
    if (!/^kube(adm|let|ctl)$/.test(one)) continue
    if (compareVersions(version(found), target) !== 0) wrong.push(`${name}: ${one} is at ${found}`)
    if (state !== 'ii') wrong.push(`${name}: ${one} is not configured`)
    if (!holds.has(one)) wrong.push(`${name}: ${one} is not on hold`)
  }
  const server = containers.get('kube-apiserver')
  if (server !== undefined && !server.image.endsWith(`:${target}`))
    wrong.push(`${name}: the API server is ${server.image}`)
  return wrong
}

/** kubeadm upgrade restarts etcd each time: once it has succeeded on a node it is not done there again. */
function doneTwice(machine: Machine): string[] {
  const succeeded = machine
    .names(jobs)
    .filter(
      (id) => id.startsWith('kubeadm-upgrade-') && machine.read(`${jobs}/${id}/exit-code`)?.trim() === '0',
    )
  return succeeded.length > 1 ? [`${machine.name}: succeeded twice: ${succeeded.join(', ')}`] : []
}
