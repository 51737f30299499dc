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
