import type { Lab } from '../cluster/lab.ts'

/**
 * What a node and the cluster look like, as text: equal before and after means that nothing was changed. Leases, events and
 * what the cluster's own clock writes are left out.
 */
export async function fingerprint(lab: Lab): Promise<string> {
  const nodes = lab.nodes.filter((node) => node.name !== '')
  const parts = await Promise.all(
    nodes.map(async ({ name }) => {
      const { stdout } = await lab.ssh(name, script)
      return `# ${name}\n${stdout}`
    }),
  )
  const objects = await lab.kubectl([
    'get',
    'nodes,configmaps,daemonsets,deployments,poddisruptionbudgets,pods',
    '-A',
    '-o',
    'jsonpath={range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} {.metadata.uid} {.metadata.generation} {.spec.unschedulable} {.metadata.annotations}{"\\n"}{end}',
  ])
  return [...parts, objects.stdout].join('\n')
}

/** Packages, holds, configuration files, manifests, our own folder, and when the kubelet was started. */
const script = `
dpkg-query -W
apt-mark showhold
find /etc /var/lib/kubeadm-upgrade /var/lib/apt/lists /usr/bin/kube* -type f -newermt 2000-01-01 -printf '%p %s %T@\\n' 2>/dev/null | sort
systemctl show kubelet -p ExecMainStartTimestamp
`

/** Kinds that the cluster writes all the time. */
const restless = /^(?:events|leases|leasecandidates|componentstatuses)(?:\.|$)/

/**
 * Kinds whose status follows what runs: on a busy machine a pod that answers late is not ready for a moment, and all that
 * counts ready pods is written anew. What people and kubeadm write of them is in their generation.
 */
const withStatus =
  /^(?:nodes|pods|endpoints|endpointslices|deployments|replicasets|daemonsets|jobs|poddisruptionbudgets)(?:\.|$)/

/** `fingerprint`, and every object of the cluster apart from leases and events: its resourceVersion, or uid and generation. */
export async function fullFingerprint(lab: Lab): Promise<string> {
  const resources = await lab.kubectl(['api-resources', '--verbs=list', '-o', 'name'])
  const kinds = resources.stdout.split('\n').filter((name) => name !== '' && !restless.test(name))
  const list = async (names: readonly string[], field: string): Promise<string> => {
    const path = `{range .items[*]}{.kind}/{.metadata.namespace}/{.metadata.name} ${field}{"\\n"}{end}`
    return (await lab.kubectl(['get', names.join(','), '-A', '-o', `jsonpath=${path}`])).stdout
  }
  const still = kinds.filter((name) => !withStatus.test(name))
  const moving = kinds.filter((name) => withStatus.test(name) && !name.startsWith('endpoint'))
  return [
    await fingerprint(lab),
    await list(still, '{.metadata.resourceVersion}'),
    await list(moving, '{.metadata.uid} {.metadata.generation}'),
  ].join('\n')
}
