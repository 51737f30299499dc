import type { Snapshot } from '../../cluster/snapshot.ts'
import { compareVersions, newestOf, parseVersion, type Version } from '../../versions/version.ts'
import { controlPlaneComponents } from '../observed.ts'
import type { Diagnosis, RecoveryInput, RecoveryNode } from './state.ts'

/** Everything runs: whether an upgrade is left unfinished, and which phase goes on with it. */
export function diagnoseUnfinished({ nodes, snapshot }: RecoveryInput): Diagnosis {
  const calm = { way: undefined, mayPass: false, reason: 'control-plane-unhealthy' } as const
  const rolledBack = nodes.flatMap((node) => failedUpgrade(node) ?? [])[0]
  if (rolledBack !== undefined) return { ...calm, state: 'rolled-back', ...rolledBack }
  const goal = newestOf(
    nodes.flatMap((node) => [...serverVersions(node), lastUpgrade(node)?.target ?? []].flat()),
  )
  const behind = snapshot === undefined || goal === undefined ? [] : whatIsBehind(nodes, snapshot, goal)
  if (goal !== undefined && behind.length > 0)
    return {
      ...calm,
      state: 'half-way',
      node: undefined,
      seen: `Everything runs, and not all of it is at ${goal}: ${behind.join('; ')}.`,
      todo: `Nothing has to be recovered. Run the phase control-plane, then workers, with version ${goal}: they do what is missing.`,
    }
  return {
    ...calm,
    state: 'nothing-wrong',
    node: undefined,
    seen: `Every API server is ready, every etcd member in sync, everything at ${goal ?? 'its version'}.`,
    todo: 'Nothing.',
  }
}

function serverVersions({ recovery }: RecoveryNode): Version[] {
  return controlPlaneComponents.flatMap((name) => recovery.manifests.get(name)?.version ?? [])
}

/** The kubeadm upgrade that was started last on a node: where it was to lead, and how it ended. */
function lastUpgrade({
  facts,
}: RecoveryNode): { target: Version; code: number | null; id: string } | undefined {
  const upgrades = facts.jobs.flatMap(({ id, purpose, code, startedAt }) => {
    const target = parseVersion(/^kubeadm-upgrade-(?:apply|node)-(v.+)$/.exec(purpose)?.[1] ?? '')
    return target === undefined ? [] : [{ target, code, id, startedAt: startedAt ?? 0 }]
  })
  return upgrades.toSorted((a, b) => b.startedAt - a.startedAt)[0]
}

/** kubeadm said that it failed, and the node's API server is older than what it was to become. */
function failedUpgrade(node: RecoveryNode): Pick<Diagnosis, 'node' | 'seen' | 'todo'> | undefined {
  const last = lastUpgrade(node)
  const version = node.recovery.manifests.get('kube-apiserver')?.version
  if (last === undefined || last.code === null || last.code === 0 || version === undefined) return undefined
  if (compareVersions(version, last.target) >= 0) return undefined
  const { name } = node
  return {
    node: name,
    seen: `The last kubeadm upgrade on ${name}, to ${last.target}, ended with exit code ${last.code}; its API server is at ${version}, and everything runs.`,
    todo: `Correct what kubeadm said (/var/lib/kubeadm-upgrade/jobs/${last.id}/output on ${name}), then run the phase control-plane with version ${last.target}: it goes on there.`,
  }
}

function whatIsBehind(nodes: readonly RecoveryNode[], snapshot: Snapshot, goal: Version): string[] {
  const components = nodes.flatMap(({ name, recovery }) => {
    const behind = controlPlaneComponents.filter((one) => recovery.manifests.get(one)?.version !== goal)
    return behind.length === 0 ? [] : [`${name}: ${behind.join(', ')}`]
  })
  const kubelets = [...snapshot.nodes.values()].filter((node) => node.kubeletVersion !== goal)
  const cordoned = [...snapshot.nodes.values()].filter((node) => node.cordonedByUs)
  return [
    ...components,
    ...(snapshot.kubernetesVersion === goal
      ? []
      : [`kubeadm-config: ${snapshot.kubernetesVersion ?? 'none'}`]),
    ...(snapshot.kubeProxy === undefined || snapshot.kubeProxy.version === goal ? [] : ['kube-proxy']),
    ...(kubelets.length === 0 ? [] : [`kubelet of ${kubelets.map(({ name }) => name).join(', ')}`]),
    ...(cordoned.length === 0
      ? []
      : [`cordoned by kubeadm-upgrade: ${cordoned.map(({ name }) => name).join(', ')}`]),
  ]
}
