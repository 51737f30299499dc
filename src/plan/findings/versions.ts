import type { Inventory } from '../../inventory/inventory.ts'
import { apiServersWithinOneMinor, kubeletNotNewer, kubeletNotTooOld, untried } from '../../versions/skew.ts'
import { compareVersions, type Version } from '../../versions/version.ts'
import { apiServers, type Observed } from '../observed.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

export const versionCatalogue = {
  'version-skew': {
    severity: 'blocks',
    reason: 'unsupported-version-skew',
    looks:
      'The versions of API servers and kubelets are outside of what Kubernetes supports: API servers more than one minor apart, a kubelet newer than an API server that it may reach, or more than three minors older.',
    todo: 'Bring the node back into the supported range first: <https://kubernetes.io/releases/version-skew-policy/>.',
  },
  'version-untried': {
    severity: 'warns',
    looks: 'Nobody has tried an upgrade to this minor with this release.',
    todo: 'Try it on a cluster that is not production first.',
  },
  'upgrade-under-way': {
    severity: 'tells',
    looks: 'Some API servers, not all, run the target already.',
    todo: 'Nothing: the upgrade is continued.',
  },
} as const satisfies Catalogue

const finding = findingsOf(versionCatalogue)

/** A minor that this release was not tried with. */
export function untriedFindings(target: Version): Finding[] {
  const note = untried(target)
  if (note === undefined) return []
  return [finding('version-untried', undefined, note, 'Try it on a cluster that is not production first.')]
}

/** Versions outside of what Kubernetes supports or this release was tried with, and an upgrade that is half done. */
export function versionFindings(inventory: Inventory, observed: Observed, target: Version): Finding[] {
  const servers = apiServers(observed.snapshot)
  const kubelets = [...observed.snapshot.nodes.values()].flatMap((node) =>
    node.kubeletVersion === undefined ? [] : [{ node: node.name, version: node.kubeletVersion }],
  )
  // With a kubelet that talks to its own API server only, the other ones don't count.
  const problems = [
    ...apiServersWithinOneMinor(servers),
    ...kubelets.flatMap((kubelet) => {
      const own = servers.filter((server) => server.node === kubelet.node)
      const reachable = own.length > 0 ? own : servers
      return [...kubeletNotNewer(kubelet, reachable), ...kubeletNotTooOld(kubelet, servers)]
    }),
  ]
  const findings = problems.map((problem) =>
    finding(
      'version-skew',
      problem.node,
      `${problem.message}.`,
      'Bring the node back into the supported range first: https://kubernetes.io/releases/version-skew-policy/',
    ),
  )
  findings.push(...untriedFindings(target))
  const ahead = servers.filter((server) => compareVersions(server.version, target) === 0)
  if (
    ahead.length > 0 &&
    ahead.length < inventory.nodes.filter((node) => node.role === 'control-plane').length
  ) {
    findings.push(
      finding(
        'upgrade-under-way',
        undefined,
        `An earlier upgrade to ${target} is half done: ${ahead.map((server) => server.node).join(', ')} run it already.`,
        'It is continued.',
      ),
    )
  }
  return findings
}
