import { createHash } from 'node:crypto'
import type { Cluster } from './model/cluster.ts'
import type { Machine } from './model/machine.ts'

const kinds = [
  ...['Namespace', 'Node', 'ConfigMap', 'DaemonSet', 'Deployment', 'Job', 'PodDisruptionBudget', 'Lease'],
]

/**
 * Everything that an upgrade could change, as lines to compare: the files of every node, packages, holds, kubelets,
 * containers, and the objects of the cluster. What the simulator itself keeps in /run and /proc is left out.
 */
export function fingerprint({ cluster }: { readonly cluster: Cluster }): string[] {
  cluster.settle()
  return [
    ...[...cluster.machines.values()].flatMap((machine) => [...state(machine), ...files(machine)]),
    ...kinds.flatMap((kind) => cluster.store.all(kind).map((object) => `object ${JSON.stringify(object)}`)),
    ...cluster.pods.map((pod) => `pod ${pod.namespace}/${pod.name} on ${pod.node ?? 'no node'}`),
    `addons ${JSON.stringify(cluster.addons)}`,
  ]
}

function state(machine: Machine): string[] {
  const { name, kubelet, packages, holds, images, containers } = machine
  return [
    `${name} packages ${JSON.stringify([...packages])}`,
    `${name} holds ${[...holds].toSorted().join(' ')}`,
    `${name} images ${[...images].toSorted().join(' ')}`,
    `${name} kubelet ${kubelet.state} ${kubelet.version} since ${kubelet.startedAt}`,
    ...[...containers].map(
      ([component, { image, startedAt }]) => `${name} ${component} ${image} since ${startedAt}`,
    ),
  ]
}

function files(machine: Machine): string[] {
  return machine.contents().flatMap(([path, content]) => {
    if (/^\/(run|proc)(\/|$)/.test(path)) return []
    if (content === undefined) return [`${machine.name} ${path}`]
    return [`${machine.name} ${path} ${createHash('sha256').update(content).digest('hex')}`]
  })
}
