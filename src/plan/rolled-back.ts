import type { NodeFacts } from '../node/node.ts'
import { readVersion } from '../versions/version.ts'

/**
 * What became of the static pod manifests under a `kubeadm upgrade` that failed, as a sentence. kubeadm puts the old ones
 * back when a component does not come up; a kubeadm that was killed leaves those that it had come to. Pure.
 * Source: k8s.io/kubernetes/cmd/kubeadm/app/phases/upgrade/staticpods.go
 */
export function manifestsAfter(
  node: string,
  before: Pick<NodeFacts, 'manifests'>,
  after: Pick<NodeFacts, 'manifests'>,
): string | undefined {
  if (before.manifests.size === 0) return undefined
  const moved = [...after.manifests].filter(([component, image]) => before.manifests.get(component) !== image)
  const gone = [...before.manifests.keys()].filter((component) => !after.manifests.has(component))
  if (gone.length > 0)
    return `The manifest of ${gone.join(', ')} is missing on ${node}: phase recover puts it back from kubeadm's copies in /etc/kubernetes/tmp.`
  if (moved.length === 0)
    return `The static pods of ${node} have the manifests of before: kubeadm changed none, or put them back.`
  const told = moved.map(([component, image]) => `${component} at ${readVersion(image) ?? image}`)
  return `Already changed on ${node}: ${told.join(', ')}; the other static pods have the manifests of before.`
}
