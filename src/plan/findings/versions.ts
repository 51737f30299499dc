import type { Inventory } from '../../inventory/inventory.ts'
import {
  apiServersWithinOneMinor,
  kubeletNotNewer,
  kubeletNotTooOld,
  kubeProxyWithinSkew,
  untried,
  type NodeVersion,
} from '../../versions/skew.ts'
import {
  compareVersions,
  minorOf,
  minorsBetween,
  newestOf,
  oldestOf,
  type Version,
} from '../../versions/version.ts'
import { apiServers, controlPlaneComponents, type Observed } from '../observed.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

export const versionCatalogue = {
  'version-skew': {
    severity: 'blocks',
    reason: 'unsupported-version-skew',
    looks:
      'The versions of API servers, kubelets and kube-proxy are outside of what Kubernetes supports: API servers more than one minor apart, a kubelet or kube-proxy newer than an API server that it may reach, or more than three minors older.',
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
  'upgrade-unfinished': {
    severity: 'warns',
    looks:
      "An earlier upgrade stopped half way, to another version than this one's: API servers differ, the components of one control plane node differ, or kubeadm-config names a version that no API server runs.",
    todo: 'This upgrade brings all of them to its target. To finish the earlier one first, ask for its version.',
  },
  'node-left-behind': {
    severity: 'warns',
    looks:
      'The kubelet of a node is a minor or more older than every API server, and these are not at the target yet: an earlier upgrade left it behind. Three minors are allowed.',
    todo: 'Nothing: this upgrade takes the node along. Find out why it was left, or it will be again.',
  },
} as const satisfies Catalogue

const finding = findingsOf(versionCatalogue)

/** Versions outside of what Kubernetes supports or this release was tried with, and upgrades that are half done. */
export function versionFindings(inventory: Inventory, observed: Observed, target: Version): Finding[] {
  const servers = apiServers(observed.snapshot)
  const kubelets = [...observed.snapshot.nodes.values()].flatMap((node) =>
    node.kubeletVersion === undefined ? [] : [{ node: node.name, version: node.kubeletVersion }],
  )
  return [
    ...skewFindings(observed, servers, kubelets),
    ...untriedFindings(target),
    ...unfinishedFindings(inventory, observed, servers, target),
    ...leftBehindFindings(servers, kubelets, target),
  ]
}

function skewFindings(
  { snapshot }: Observed,
  servers: readonly NodeVersion[],
  kubelets: readonly NodeVersion[],
): Finding[] {
  const proxy = snapshot.kubeProxy?.version
  const problems = [
    ...apiServersWithinOneMinor(servers),
    ...(proxy === undefined ? [] : kubeProxyWithinSkew(proxy, servers, kubelets)),
    ...kubelets.flatMap((kubelet) => {
      // With a kubelet that talks to its own API server only, the other ones don't count.
      const own = servers.filter((server) => server.node === kubelet.node)
      const reachable = own.length > 0 ? own : servers
      return [...kubeletNotNewer(kubelet, reachable), ...kubeletNotTooOld(kubelet, servers)]
    }),
  ]
  return problems.map((problem) =>
    finding(
      'version-skew',
      problem.node,
      `${problem.message}.`,
      'Bring the node back into the supported range first: https://kubernetes.io/releases/version-skew-policy/',
    ),
  )
}

/** A minor that this release was not tried with. */
export function untriedFindings(target: Version): Finding[] {
  const note = untried(target)
  if (note === undefined) return []
  return [finding('version-untried', undefined, note, 'Try it on a cluster that is not production first.')]
}

function unfinishedFindings(
  inventory: Inventory,
  { snapshot }: Observed,
  servers: readonly NodeVersion[],
  target: Version,
): Finding[] {
  const ahead = servers.filter((server) => compareVersions(server.version, target) === 0)
  const controlPlanes = inventory.nodes.filter((node) => node.role === 'control-plane').length
  const underWay = ahead.length > 0 && ahead.length < controlPlanes
  const remedy =
    'This upgrade brings all of them to its target; to finish the earlier one, ask for its version.'
  const mixed = servers.map(({ node }) => node).flatMap((node) => mixedComponents(node, snapshot, target))
  const [oldest, newest] = [
    oldestOf(servers.map((one) => one.version)),
    newestOf(servers.map((one) => one.version)),
  ]
  if (underWay) {
    const seen = `An earlier upgrade to ${target} is half done: ${ahead.map((server) => server.node).join(', ')} run it already.`
    return [...mixed, finding('upgrade-under-way', undefined, seen, 'It is continued.')]
  }
  if (oldest !== undefined && newest !== undefined && oldest !== newest) {
    const list = servers.map(({ node, version }) => `${node} ${version}`).join(', ')
    const seen = `An earlier upgrade to ${newest} stopped half way: API servers are ${list}.`
    return [...mixed, finding('upgrade-unfinished', undefined, seen, remedy)]
  }
  const configured = snapshot.kubernetesVersion
  if (newest !== undefined && configured !== undefined && configured !== newest && configured !== target) {
    const seen = `kubeadm-config names ${configured}, but every API server runs ${newest}: an earlier kubeadm did not finish.`
    return [...mixed, finding('upgrade-unfinished', undefined, seen, remedy)]
  }
  return mixed
}

/** kubeadm replaces one static pod after the other: it was ended in between. */
function mixedComponents(node: string, { staticPods }: Observed['snapshot'], target: Version): Finding[] {
  const pods = controlPlaneComponents.flatMap((name) => {
    const version = staticPods.find((pod) => pod.node === node && pod.component === name)?.version
    return version === undefined ? [] : [{ name, version }]
  })
  if (new Set(pods.map((pod) => pod.version)).size < 2) return []
  const list = pods.map(({ name, version }) => `${name} ${version}`).join(', ')
  const seen = `kubeadm was interrupted on ${node}: ${list}.`
  const same = pods.some((pod) => pod.version === target)
  return same
    ? [finding('upgrade-under-way', node, seen, 'It is continued.')]
    : [finding('upgrade-unfinished', node, seen, 'This upgrade brings all of them to its target.')]
}

function leftBehindFindings(
  servers: readonly NodeVersion[],
  kubelets: readonly NodeVersion[],
  target: Version,
): Finding[] {
  const oldest = oldestOf(servers.map((one) => one.version))
  // Behind a control plane that is at the target is everything that this upgrade has not come to yet.
  if (oldest === undefined || oldest === target) return []
  return kubelets
    .filter(({ version }) => minorsBetween(minorOf(version), minorOf(oldest)) > 0)
    .map(({ node, version }) => {
      const minors = minorsBetween(minorOf(version), minorOf(oldest))
      const seen = `The kubelet of ${node} is ${version}, ${minors} ${minors === 1 ? 'minor' : 'minors'} behind the API servers (${oldest}): an earlier upgrade left it behind.`
      return finding('node-left-behind', node, seen, 'This upgrade takes it along; find out why it was left.')
    })
}
