import type { EtcdHealth } from '../../cluster/etcd.ts'
import type { Policy } from '../../inventory/policy.ts'
import {
  compareVersions,
  minorOf,
  minorsBetween,
  parseVersion,
  type Version,
} from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Observed, ObservedNode } from '../observed.ts'
import { extraArgs } from './manifests.ts'

export const etcdCatalogue = {
  'etcd-member': {
    severity: 'blocks',
    reason: 'etcd-unhealthy',
    looks:
      'Asks the etcd member of every control plane node for its status and the list of members: it has to answer, and no member may report an error or never have started.',
    todo: 'Run the phase `recover`, which says what is wrong with it and joins it again if its data are lost ([recovery.md](recovery.md)).',
  },
  'etcd-learner': {
    severity: 'blocks',
    reason: 'etcd-unhealthy',
    looks: 'A member of etcd is a learner: it does not vote, and was not promoted after it joined.',
    todo: 'Promote it (`etcdctl member promote`) once it is in sync, or remove it.',
  },
  'etcd-alarm': {
    severity: 'blocks',
    reason: 'etcd-unhealthy',
    looks:
      'A member of etcd has raised an alarm: NOSPACE refuses every write, CORRUPT says that members differ.',
    todo: 'NOSPACE: compact, `etcdctl defrag`, then `etcdctl alarm disarm`. CORRUPT: replace the member.',
  },
  'etcd-member-unknown': {
    severity: 'blocks',
    reason: 'etcd-unhealthy',
    looks:
      'etcd has a member that bears the name of no control plane node of the inventory: what is left of a node that was removed counts against the quorum.',
    todo: 'Remove the member (`etcdctl member remove`) when its machine is gone. Accept it when members are named otherwise on purpose.',
  },
  'etcd-database-size': {
    severity: 'warns',
    looks:
      'The database of a member has reached 80 % of its quota (`--quota-backend-bytes`, 2 GiB by default); at the quota etcd refuses every write.',
    todo: 'Defragment it (`etcdctl defrag`, one member at a time), and find out what fills it.',
  },
  'etcd-hop': {
    severity: 'warns',
    looks:
      'The upgrade moves etcd to a minor that etcd wants to be reached from a later patch: 3.6 (with 1.34) from 3.5.26 on, since members that were removed can come back (<https://github.com/etcd-io/etcd/issues/20793>); 3.7 (with 1.37) from 3.6.11 on. kubeadm takes this step by itself and asks for neither.',
    todo: 'Set `etcd.local.imageTag` in kubeadm-config to that patch and run `kubeadm upgrade apply` at the running version first. At least compare `etcdctl member list` with the nodes, and keep the snapshot on.',
  },
  'etcd-flag-removed': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks for `--experimental-*` in `etcd.local.extraArgs` of kubeadm-config: etcd 3.7, which comes with 1.37, knows none of them and would not start. Those in the manifest that kubeadm wrote itself are not counted.',
    todo: 'Remove them from kubeadm-config; most exist without `experimental-` since 3.6.',
  },
  'etcd-external': {
    severity: 'tells',
    looks: 'kubeadm-config names an external etcd, which kubeadm and this action leave alone.',
    todo: 'Back it up yourself, and check that it is new enough for the target.',
  },
  'etcd-no-snapshot': {
    severity: 'warns',
    looks: 'The policy turns the verified snapshot before the hop off (`etcd.snapshot: false`).',
    todo: "Turn it on, or have a backup of your own: kubeadm's copy of a member is not verified.",
  },
} as const satisfies Catalogue

const finding = findingsOf(etcdCatalogue)

/** State of etcd and of its way to the target. @param controlPlanes names of the inventory */
export function etcdFindings(
  observed: Observed,
  controlPlanes: readonly ObservedNode[],
  names: readonly string[],
  policy: Policy,
  target: Version,
): Finding[] {
  if (observed.snapshot.etcd === 'external') {
    const seen = 'etcd is external: nothing here backs it up or upgrades it.'
    return [finding('etcd-external', undefined, seen, 'Back it up yourself before the upgrade.')]
  }
  return [
    ...observed.health.flatMap((health) => memberFindings(health, names)),
    ...controlPlanes.flatMap((node) => sizeFindings(node, observed)),
    ...hopFindings(observed, target),
    ...flagFindings(observed, target),
    ...(policy.etcd.snapshot ? [] : [noSnapshot()]),
  ]
}

function noSnapshot(): Finding {
  const seen = 'The policy turns the etcd snapshot off.'
  return finding('etcd-no-snapshot', undefined, seen, 'Turn it on, or have a backup of your own.')
}

const problemIds = { member: 'etcd-member', learner: 'etcd-learner', alarm: 'etcd-alarm' } as const

function memberFindings(
  { node, etcd, errors }: Observed['health'][number],
  names: readonly string[],
): Finding[] {
  if (etcd === undefined) return []
  if (!etcd.answered) {
    const seen = `The etcd member of ${node} does not answer. ${errors}`
    const remedy = 'Look at its container: crictl logs, /var/log/pods/kube-system_etcd-*.'
    return [finding('etcd-member', node, seen, remedy)]
  }
  const problems = etcd.problems.map(({ kind, text }) =>
    finding(
      problemIds[kind],
      node,
      `etcd, as ${node} sees it: ${text}.`,
      'Repair etcd before the upgrade: https://etcd.io/docs/latest/op-guide/',
    ),
  )
  const unknown = etcd.members.filter((member) => member !== '' && !names.includes(member))
  return [...problems, ...unknown.map((member) => unknownMember(node, member))]
}

function unknownMember(node: string, member: string): Finding {
  const seen = `etcd, as ${node} sees it, has a member ${member}, which is no control plane node of the inventory.`
  return finding('etcd-member-unknown', node, seen, 'Remove the member when its machine is gone.')
}

/** etcd's default, https://etcd.io/docs/latest/op-guide/maintenance/#space-quota */
const defaultQuota = 2 * 1024 ** 3

function sizeFindings({ name, facts }: ObservedNode, observed: Observed): Finding[] {
  const etcd: EtcdHealth | undefined = observed.health.find((health) => health.node === name)?.etcd
  const flag = facts.componentFlags.get('etcd')?.find((one) => one.startsWith('--quota-backend-bytes='))
  const quota = Number(flag?.split('=')[1] ?? 0) || defaultQuota
  if (etcd === undefined || etcd.dbSize < 0.8 * quota) return []
  const MiB = (bytes: number): number => Math.round(bytes / 1024 ** 2)
  const seen = `etcd on ${name} uses ${MiB(etcd.dbSize)} of ${MiB(quota)} MiB.`
  return [finding('etcd-database-size', name, seen, 'Defragment it, one member at a time.')]
}

/** etcd's own advice: https://etcd.io/docs/latest/upgrades/ */
const careful = [
  { with: '1.34', to: '3.6', from: '3.5', atLeast: 'v3.5.26' },
  { with: '1.37', to: '3.7', from: '3.6', atLeast: 'v3.6.11' },
] as const

function hopFindings({ health }: Observed, target: Version): Finding[] {
  return health.flatMap(({ node, etcd }) => {
    const version = parseVersion(etcd?.version ?? '')
    const hop = careful.find(
      (one) =>
        version !== undefined &&
        minorsBetween(one.with, minorOf(target)) >= 0 &&
        one.from === minorOf(version),
    )
    const atLeast = parseVersion(hop?.atLeast ?? '')
    if (hop === undefined || version === undefined || atLeast === undefined) return []
    if (compareVersions(version, atLeast) >= 0) return []
    const seen = `etcd on ${node} is at ${version}; the step to ${hop.to} is advised from ${hop.atLeast} on.`
    return [finding('etcd-hop', node, seen, `Go to etcd ${hop.atLeast} first (etcd.local.imageTag).`)]
  })
}

function flagFindings({ snapshot }: Observed, target: Version): Finding[] {
  if (minorsBetween('1.37', minorOf(target)) < 0) return []
  const flags = extraArgs(snapshot.clusterConfiguration, 'etcd')
    .map((flag) => flag.split('=')[0] ?? '')
    .filter((flag) => flag.startsWith('--experimental-'))
  if (flags.length === 0) return []
  const seen = `kubeadm-config gives etcd flags that 3.7 does not have: ${flags.join(', ')}.`
  return [finding('etcd-flag-removed', undefined, seen, 'Remove them from etcd.local.extraArgs.')]
}
