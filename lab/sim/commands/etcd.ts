import { createHash } from 'node:crypto'
import type { Cluster } from '../model/cluster.ts'
import { hasQuorum, isUp } from '../model/control-plane.ts'
import type { Machine } from '../model/machine.ts'
import type { Call, Command } from './command.ts'

/** etcdctl: endpoint status, member list, alarm list, snapshot save; against the member of the same machine. Up to 3.5 snapshot status, too. */
export const etcdctl: Command = async (call) => {
  const { cluster, machine } = call
  const words = call.args.filter((word) => !word.startsWith('-'))
  cluster.settle()
  if (words.slice(0, 2).join(' ') === 'snapshot status' && isOld(call)) return snapshotStatus(call)
  if (!isUp(cluster, machine, 'etcd')) {
    call.err(
      `{"level":"warn","logger":"etcd-client","caller":"v3@v3.6.8/retry_interceptor.go:65","msg":"retrying of unary invoker failed","error":"rpc error: code = DeadlineExceeded desc = latest balancer error: connection error: desc = \\"transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused\\""}`,
      'Error: context deadline exceeded',
    )
    return 1
  }
  if (words[0] === 'get') {
    const keys = cluster.store
      .all('ConfigMap')
      .map(({ metadata }) => `/registry/configmaps/${metadata.namespace ?? ''}/${metadata.name}`)
    return needsQuorum(call, keys.filter((key) => key.startsWith(words[1] ?? '')).join('\n'))
  }
  switch (words.slice(0, 2).join(' ')) {
    case 'endpoint status':
      call.out(`[${status(cluster, machine)}]`)
      return 0
    case 'member list':
      return needsQuorum(call, members(cluster, machine))
    case 'alarm list':
      return needsQuorum(call, '')
    case 'snapshot save':
      await call.sleep(1)
      machine.write(words[2] ?? '', `etcd ${cluster.store.revision}\n`)
      call.out(`Snapshot saved at ${machine.shown(words[2] ?? '')}`, 'Server version 3.6.0')
      return 0
    default:
      call.err(`Error: unknown command "${words[0] ?? ''}" for "etcdctl"`)
      return 1
  }
}

/** etcdutl snapshot status FILE -w json. The images of etcd 3.5 that Kubernetes made have none. */
export const etcdutl: Command = (call) => {
  const words = call.args.filter((word) => !word.startsWith('-'))
  if (isOld(call)) {
    call.err(`${call.path}: not found`)
    return 127
  }
  if (words[0] === 'version') {
    call.out(`etcdutl version: ${versionOf(call)}`, 'API version: 3.6')
    return 0
  }
  if (words.slice(0, 2).join(' ') === 'snapshot status') return snapshotStatus(call)
  call.err(`Error: unknown command "${words[0] ?? ''}" for "etcdutl"`)
  return 1
}

function snapshotStatus(call: Call): number {
  const file = call.args.filter((word) => !word.startsWith('-'))[2] ?? ''
  const text = call.machine.read(file) ?? ''
  const revision = /^etcd (\d+)/.exec(text)?.[1]
  if (revision === undefined) {
    call.err('Error: snapshot file is not valid')
    return 1
  }
  const totalSize = text.length
  call.out(
    `{"hash":2898738294,"revision":${revision},"totalKey":1423,"totalSize":${totalSize},"version":"3.6.0"}`,
  )
  return 0
}

function isOld(call: Call): boolean {
  return versionOf(call).startsWith('3.5.')
}

/** Of the image that it is called in, or of the running container. */
function versionOf({ machine, path }: Call): string {
  const image = machine.containers.get('etcd')?.image ?? ''
  return /\/etcd-([\d.]+)\//.exec(path)?.[1] ?? image.replace(/^.*:/, '').replace(/-\d+$/, '')
}

function needsQuorum(call: Call, text: string): number {
  if (!hasQuorum(call.cluster)) {
    call.err('Error: etcdserver: request timed out')
    return 1
  }
  if (text !== '') call.out(text)
  return 0
}

/** Ids are 64 bit numbers, as text: JavaScript's numbers would round them. Every member has its own. */
function memberId(machine: Machine): string {
  const digits = createHash('sha256').update(machine.machineId).digest('hex').slice(0, 16)
  return BigInt(`0x${digits}`).toString()
}

const clusterId = '14841639068965178418'

function header(cluster: Cluster, machine: Machine, revision = ''): string {
  return `"header":{"cluster_id":${clusterId},"member_id":${memberId(machine)}${revision},"raft_term":${cluster.etcdTerm}}`
}

function status(cluster: Cluster, machine: Machine): string {
  const leader = cluster.machines.get(cluster.etcdLeader)
  const image = machine.containers.get('etcd')?.image ?? ''
  const version = image.replace(/^.*:/, '').replace(/-\d+$/, '')
  const index = cluster.store.revision + 4000
  const errors = leader === undefined ? ',"errors":["etcdserver: no leader"]' : ''
  return `{"Endpoint":"https://127.0.0.1:2379","Status":{${header(cluster, machine, `,"revision":${cluster.store.revision}`)},"version":"${version}","dbSize":6221824,"leader":${leader === undefined ? 0 : memberId(leader)},"raftIndex":${index},"raftTerm":${cluster.etcdTerm},"raftAppliedIndex":${index},"dbSizeInUse":3964928${errors},"storageVersion":"3.6.0","dbSizeQuota":2147483648,"downgradeInfo":{}}}`
}

/** In the order of their ids, which is not that of their names. */
function members(cluster: Cluster, asked: Machine): string {
  const sorted = cluster.controlPlanes.toSorted((a, b) =>
    BigInt(memberId(a)) < BigInt(memberId(b)) ? -1 : 1,
  )
  const all = sorted.map(
    (one) =>
      `{"ID":${memberId(one)},"name":"${one.name}","peerURLs":["https://${one.address}:2380"],"clientURLs":["https://${one.address}:2379"]}`,
  )
  return `{${header(cluster, asked)},"members":[${all.join(',')}]}`
}
