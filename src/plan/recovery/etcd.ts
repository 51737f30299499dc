import type { Manifest } from '../../cluster/recovery.ts'
import { count } from '../../report/format.ts'
import { suitableCopies } from './manifests.ts'
import { stop, type DataSource, type Diagnosis, type RecoveryInput, type RecoveryNode } from './state.ts'

const confirm =
  'Set etcd.confirmRestore in the policy to allow it, then run recover again; see docs/recovery.md.'

/** Why the stacked etcd is not well, and the way out; undefined when every member answers in one cluster. */
export function diagnoseEtcd(input: RecoveryInput): Diagnosis | undefined {
  const living = livingCluster(input.nodes)
  const broken = input.nodes.filter((node) => !living.includes(node))
  if (broken.length === 0) return undefined
  if (living.length === 0) return withoutLivingCluster(input)
  const found = broken.map((node) => brokenMember(input, node, living))
  return found.find(({ mayPass }) => !mayPass) ?? found[0]
}

/** Whether the member answers, has a leader, and votes. */
function answers({ recovery: { health, learner } }: RecoveryNode): boolean {
  return health.etcd?.answered === true && health.etcd.leader !== 0 && !learner
}

/**
 * The nodes whose members form the cluster's etcd. A member that lost its data may have started a cluster of its own: it
 * answers and knows nothing. More nodes count more; what certainly has nothing of kubeadm is not the cluster. The last
 * member that is left takes itself for the leader for a moment: without a majority of the voters nothing lives.
 */
function livingCluster(nodes: readonly RecoveryNode[]): RecoveryNode[] {
  const groups = Map.groupBy(nodes.filter(answers), ({ recovery }) => recovery.etcdClusterId)
  const real = [...groups.values()].filter(
    (group) => !group.some(({ recovery }) => recovery.knowsCluster === false),
  )
  const [first, second] = real.toSorted((a, b) => b.length - a.length)
  if (first === undefined || first.length === second?.length) return []
  const voters = Math.max(...first.map(({ recovery: { health } }) => health.etcd?.voters ?? 0))
  // None: the list could not be read, which takes a majority too.
  return voters > 0 && first.length > voters / 2 ? first : []
}

function brokenMember(input: RecoveryInput, node: RecoveryNode, living: readonly RecoveryNode[]): Diagnosis {
  const [driver] = living
  const manifest = manifestFor(node)
  const seen = `The etcd member of ${node.name} is not part of the cluster of ${living.map(({ name }) => name).join(', ')}: ${whatIsWrong(node)}.`
  if (driver === undefined || manifest === undefined)
    return stop('etcd-member-broken', node.name, seen, noManifest(node), { reason: 'etcd-unhealthy' })
  const member = driver.recovery.health.etcd?.members.includes(node.name) === true
  const mayPass = !isLost(node) && !answers(node) && member && !node.recovery.learner
  if (mayPass && !input.confirmRestore)
    return stop(
      'etcd-member-broken',
      node.name,
      seen,
      `Its data can be read, so it may be something else that keeps it from starting; its last words are below. If they say that its data are damaged, allow recover to replace them: ${confirm}`,
      { mayPass: true, reason: 'etcd-unhealthy' },
    )
  return {
    state: 'etcd-member-broken',
    node: node.name,
    seen,
    todo: `Remove the member, keep a copy of its data, and join it again as a learner with the data of the cluster.`,
    way: {
      kind: 'rejoin-member',
      node: node.name,
      driver: driver.name,
      manifest: manifest.text,
      apiServer: apiServerOf(node),
    },
    mayPass,
    reason: 'etcd-unhealthy',
  }
}

/** Its data are gone, cannot be read, or are those of a cluster that it started by itself. */
function isLost(node: RecoveryNode): boolean {
  const { data, knowsCluster } = node.recovery
  const gone = data.dbBytes === undefined || data.walFiles === 0
  return gone || data.readable === false || isEmpty(node) || knowsCluster === false
}

/**
 * Nothing was ever written: a member that lost its data and whose manifest does not say that the cluster exists begins
 * anew, and ends when the others tell it of entries that it never had. Seen on a real cluster.
 */
function isEmpty({ recovery: { data } }: RecoveryNode): boolean {
  return data.revision !== undefined && data.revision <= 1
}

function whatIsWrong(node: RecoveryNode): string {
  const { data, knowsCluster } = node.recovery
  if (node.recovery.learner) return 'it is a learner that was not promoted'
  if (data.dbBytes === undefined || data.walFiles === 0) return 'its data are gone'
  if (data.readable === false) return 'its data cannot be read'
  if (isEmpty(node)) return 'its data are gone, and it has begun anew with none'
  if (answers(node))
    return knowsCluster === false ? 'it has started an empty cluster of its own' : 'it is in another cluster'
  return 'it does not answer'
}

function withoutLivingCluster(input: RecoveryInput): Diagnosis {
  const { nodes } = input
  const lost = nodes.filter(isLost)
  const wrong = (node: RecoveryNode): string =>
    answers(node) && !isLost(node) ? 'it answers, without a majority' : whatIsWrong(node)
  const seen = nodes.map((node) => `${node.name}: ${wrong(node)}`).join('; ')
  const state = nodes.length === 1 ? 'etcd-data-lost' : 'etcd-quorum-lost'
  if (nodes.length > 1 && lost.length <= nodes.length / 2)
    return stop(
      'not-understood',
      undefined,
      `etcd has no leader, although the data of ${count(nodes.length - lost.length, 'member')} of ${nodes.length} are there. ${seen}.`,
      'Find out on these nodes why etcd does not start: crictl ps -a, and its log below /var/log/pods.',
      { mayPass: true, reason: 'etcd-unhealthy' },
    )
  const readable = nodes.length === 1 && lost.length === 0
  if (readable && !input.confirmRestore)
    return stop(
      'not-understood',
      nodes[0]?.name,
      `${seen}, although its data can be read.`,
      `Find out why it does not start; its last words are below. Only if they say that its data are damaged, allow recover to replace them: ${confirm}`,
      { mayPass: true, reason: 'etcd-unhealthy' },
    )
  return restoreEtcd(input, state, `${seen}.`, readable)
}

function restoreEtcd(
  { nodes, confirmRestore }: RecoveryInput,
  state: 'etcd-data-lost' | 'etcd-quorum-lost',
  seen: string,
  mayPass: boolean,
): Diagnosis {
  const [source] = dataSources(nodes)
  const reason = 'etcd-unhealthy'
  if (source === undefined)
    return stop(
      state,
      undefined,
      seen,
      'There is no snapshot and no copy of the data on any control plane node: restore from your own backup.',
      { reason },
    )
  const node = nodes.find(({ name }) => name === source.node)
  const manifest = node && manifestFor(node)
  const from = `Restore etcd from ${describeSource(source)}`
  if (node === undefined || manifest?.version === undefined)
    return stop(state, source.node, seen, node === undefined ? '' : noManifest(node), { reason })
  const others = nodes.flatMap(({ name }) => (name === node.name ? [] : [name]))
  if (!confirmRestore)
    return stop(state, node.name, seen, `${from}; what was written after it is lost. ${confirm}`, {
      reason,
      mayPass,
    })
  const then = others.length === 0 ? '' : `; then ${others.join(', ')} join again as learners`
  return {
    state,
    node: node.name,
    seen,
    todo: `${from}${then}.`,
    way: {
      kind: 'restore-etcd',
      node: node.name,
      others,
      source,
      manifest: manifest.text,
      apiServer: apiServerOf(node),
      version: manifest.version,
    },
    mayPass,
    reason,
  }
}

/**
 * Where the data can be restored from, the best first: what a member still has, then the action's verified snapshots,
 * then kubeadm's copies of a running member, which nobody verified; of several the one with the highest revision.
 */
export function dataSources(nodes: readonly RecoveryNode[]): DataSource[] {
  const several = nodes.length > 1
  return nodes
    .flatMap((node): DataSource[] => {
      const { name, recovery } = node
      const answered = recovery.health.etcd?.answered === true
      const own = several && !isLost(node) && (recovery.data.readable === true || answered)
      return [
        ...(own
          ? [
              {
                kind: 'member' as const,
                node: name,
                name: '',
                revision: recovery.data.revision ?? recovery.revision,
                changed: undefined,
              },
            ]
          : []),
        ...recovery.snapshots.flatMap(({ name: file, revision, changed }) =>
          revision === undefined
            ? []
            : [{ kind: 'snapshot' as const, node: name, name: file, revision, changed }],
        ),
        ...recovery.folders.flatMap(({ name: folder, copyRevision, changed }) =>
          copyRevision === undefined
            ? []
            : [{ kind: 'kubeadm-copy' as const, node: name, name: folder, revision: copyRevision, changed }],
        ),
      ]
    })
    .toSorted(
      (a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (b.revision ?? 0) - (a.revision ?? 0),
    )
}

const kinds: readonly DataSource['kind'][] = ['member', 'snapshot', 'kubeadm-copy']

function describeSource({ kind, node, name, revision, changed }: DataSource): string {
  const of = [
    changed === undefined ? '' : new Date(changed).toISOString(),
    `revision ${revision ?? 'unknown'}`,
  ]
    .filter(Boolean)
    .join(', ')
  switch (kind) {
    case 'member':
      return `what the member of ${node} still has (${of})`
    case 'snapshot':
      return `the verified snapshot ${name} on ${node} (${of})`
    case 'kubeadm-copy':
      return `kubeadm's copy ${name} on ${node} (${of})`
  }
}

/** The manifest with which the member is to start: its own, or the copy that belongs to its API server. */
function manifestFor(node: RecoveryNode): Manifest | undefined {
  const own = node.recovery.manifests.get('etcd')
  return own?.broken === undefined && own !== undefined ? own : suitableCopies(node, 'etcd')[0]?.manifest
}

/** Its API server's manifest, which is put back when etcd is; undefined: it is restored from a copy. */
function apiServerOf({ recovery }: RecoveryNode): string | undefined {
  const manifest = recovery.manifests.get('kube-apiserver')
  return manifest?.broken === undefined ? manifest?.text : undefined
}

function noManifest({ name }: RecoveryNode): string {
  return `There is no manifest of etcd for ${name}, in use or as a copy. kubeadm writes one: kubeadm init phase etcd local.`
}
