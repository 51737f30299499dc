import type { Lab } from '../lab/cluster/lab.ts'

/** What happened to a container of a control plane node's etcd or API server. */
export interface Restart {
  readonly node: string
  readonly component: string
  readonly what: 'told to end' | 'ended' | 'started'
  /** Milliseconds since the epoch. */
  readonly at: number
}

const components = ['kube-apiserver', 'etcd']

/** What containerd wrote down of etcd and the API servers since `from`, in milliseconds since the epoch; oldest first. */
export async function readRestarts(lab: Lab, from: number): Promise<Restart[]> {
  const script = `journalctl -q -u containerd -o short-unix --no-hostname | grep -E 'for &ContainerMetadata.*returns container id|StartContainer for .* returns|StopContainer for .* with timeout|msg="shim disconnected"'`
  const nodes = lab.nodes.filter(({ role }) => role === 'control-plane')
  const logs = await Promise.all(
    nodes.map(async ({ name }) => parse(name, (await lab.ssh(name, script)).stdout)),
  )
  return logs
    .flat()
    .filter(({ at }) => at >= from)
    .toSorted((a, b) => a.at - b.at)
}

function parse(node: string, log: string): Restart[] {
  const names = new Map<string, string>()
  return log.split('\n').flatMap((line) => {
    const at = Number(/^\d+\.\d+/.exec(line)?.[0]) * 1000
    // Where a container is made its sandbox is named first.
    const id = line.match(/[0-9a-f]{64}/g)?.at(-1) ?? ''
    const created = /ContainerMetadata\{Name:([^,]+),.*returns container id/.exec(line)?.[1]
    if (created !== undefined) names.set(id, created)
    const component = names.get(id) ?? ''
    const what = whatOf(line)
    return what === undefined || !components.includes(component) ? [] : [{ node, component, what, at }]
  })
}

function whatOf(line: string): Restart['what'] | undefined {
  if (line.includes('StartContainer')) return 'started'
  if (line.includes('StopContainer')) return 'told to end'
  return line.includes('shim disconnected') ? 'ended' : undefined
}
