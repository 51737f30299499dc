import type { ClusterNode } from '../../cluster/snapshot.ts'
import type { Inventory } from '../../inventory/inventory.ts'
import type { Hop } from '../../versions/hops.ts'
import { kubeletMinorsBehind, kubeletNotTooOld } from '../../versions/skew.ts'
import { listVersions, minorAfter, minorOf, minorsBetween, type Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { Observed } from '../observed.ts'

export const lagCatalogue = {
  'kubelet-left-behind': {
    severity: 'blocks',
    reason: 'unsupported-version-skew',
    acceptable: false,
    looks:
      "Compares every kubelet that stays with every hop's target: workers' kubelets move after the last hop, those of control plane nodes at each, those of nodes that the inventory does not name never. None may be more than three minors older than an API server; `kubeadm upgrade apply` refuses then.",
    todo: 'Move that kubelet first: ask for the version that the finding names, all phases, then for the target again.',
  },
  'kubelets-stay': {
    severity: 'tells',
    looks:
      "The way has several minors. Workers' kubelets stay where they are until the control plane has made all of them; meanwhile every minor's kubeadm runs on each worker, extracted from its package and never installed, since some changes are made by one minor's kubeadm only.",
    todo: 'Nothing. To drain each worker once per minor instead, ask for one minor at a time.',
  },
} as const satisfies Catalogue

const finding = findingsOf(lagCatalogue)

/** Kubelets that a hop would leave too far behind, and those that stay behind for a while as they may. */
export function lagFindings(inventory: Inventory, observed: Observed, hops: readonly Hop[]): Finding[] {
  const nodes = [...observed.snapshot.nodes.values()]
  return [...nodes.flatMap((node) => leftBehind(node, inventory, hops)), ...staying(nodes, inventory, hops)]
}

/** The first hop that is too far for this node's kubelet. */
function leftBehind(node: ClusterNode, inventory: Inventory, hops: readonly Hop[]): Finding[] {
  const role = inventory.nodes.find((entry) => entry.name === node.name)?.role
  let kubelet = node.kubeletVersion
  if (kubelet === undefined) return []
  for (const hop of hops) {
    const [problem] = kubeletNotTooOld({ node: node.name, version: kubelet }, [
      { node: node.name, version: hop.to },
    ])
    if (problem !== undefined) {
      const seen = `On the way to ${hops.at(-1)?.to ?? hop.to}: ${problem.message}.`
      return [
        finding('kubelet-left-behind', node.name, seen, remedyOf(kubelet, role, hops[0]?.from ?? hop.from)),
      ]
    }
    if (role === 'control-plane') kubelet = hop.to
  }
  return []
}

function remedyOf(kubelet: Version, role: string | undefined, running: Version): string {
  if (role === undefined) return 'Name the node in the inventory, or upgrade its kubelet by hand first.'
  const reachable = minorAfter(minorOf(kubelet), kubeletMinorsBehind)
  if (minorsBetween(minorOf(running), reachable) > 0)
    return `Ask for ${reachable} first (version: ${reachable}), all phases: it takes this kubelet along.`
  const phase = role === 'worker' ? 'workers' : 'control-plane'
  return `Bring it to ${running} first: phase ${phase} with version: ${running}.`
}

function staying(nodes: readonly ClusterNode[], inventory: Inventory, hops: readonly Hop[]): Finding[] {
  const last = hops.at(-1)
  const workers = new Set(inventory.nodes.flatMap((entry) => (entry.role === 'worker' ? [entry.name] : [])))
  const kubelets = nodes.flatMap(({ name, kubeletVersion }) =>
    workers.has(name) && kubeletVersion !== undefined ? [kubeletVersion] : [],
  )
  if (last === undefined || hops.length < 2 || kubelets.length === 0) return []
  const seen = `The workers' kubelets stay at ${listVersions(kubelets)} while the control plane goes to ${hops.map((hop) => hop.to).join(', ')}.`
  return [finding('kubelets-stay', undefined, seen, `They move once, to ${last.to}, in phase workers.`)]
}
