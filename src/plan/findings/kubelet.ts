import { cordonedByOthers } from '../../cluster/snapshot.ts'
import {
  gatesOfFlags,
  removedFeatureGates,
  removedKubeletFlags,
  splitFlags,
  strippedByKubeadm,
  type Removal,
} from '../../versions/removed.ts'
import { minorOf, minorsBetween, type Minor, type Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import { ranKubeadmOf } from '../lag.ts'
import type { ObservedNode } from '../observed.ts'

export const kubeletCatalogue = {
  'kubelet-down': {
    severity: 'warns',
    looks: 'A node is NotReady and its kubelet does not run.',
    todo: 'Of a control plane node nothing, if you know why: the upgrade starts the kubelet and waits for Ready. A worker counts as unavailable and goes first, and is drained before: only its kubelet can end pods, so start it first if any are to be evicted from it, or the drain fails at its timeout.',
  },
  'node-not-ready': {
    severity: 'warns',
    looks: 'A worker is NotReady although its kubelet runs.',
    todo: 'It counts as unavailable and is upgraded first, in the slot that it uses anyway. If the upgrade will not heal it, or pods are to be evicted from it, which only a kubelet that reaches the API can end, repair it before.',
  },
  'node-cordoned': {
    severity: 'tells',
    looks:
      'Somebody cordoned a node: it takes no new pods, and the pods of other nodes cannot go there while those are drained.',
    todo: 'Nothing, if you know why: a worker counts as unavailable and is upgraded first, and it stays cordoned.',
  },
  'control-plane-not-ready': {
    severity: 'blocks',
    reason: 'node-not-ready',
    looks: 'A control plane node is NotReady although its kubelet runs. kubeadm refuses to upgrade then.',
    todo: 'Bring the node to Ready first.',
  },
  'kubelet-flag-removed': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks in `/var/lib/kubelet/kubeadm-flags.env` and `/etc/default/kubelet` (`/etc/sysconfig/kubelet`) for flags that the target\'s kubelet no longer has: it would end with "unknown flag". `--pod-infra-container-image` in kubeadm-flags.env is fine while the kubeadm of 1.35 has yet to run on the node: it removes the flag, no other one does.',
    todo: 'Remove the flag from that file and restart the kubelet; most have a field in the kubelet configuration.',
  },
  'kubelet-feature-gate-removed': {
    severity: 'blocks',
    acceptable: false,
    looks:
      "Looks for feature gates that the target no longer knows, in the kubelet's flags and in `featureGates` of `/var/lib/kubelet/config.yaml`: the kubelet would not start.",
    todo: 'Remove the gate from the ConfigMap kube-system/kubelet-config and from the node: its behaviour is fixed now.',
  },
} as const satisfies Catalogue

const finding = findingsOf(kubeletCatalogue)

/** The kubelet of one node: whether it runs, and whether the target's kubelet would start with its configuration. */
export function kubeletFindings(node: ObservedNode, target: Version): Finding[] {
  return [
    ...readinessFindings(node),
    ...cordonFindings(node),
    ...flagFindings(node, minorOf(target)),
    ...gateFindings(node, target),
  ]
}

function readinessFindings({ node, name, facts, role }: ObservedNode): Finding[] {
  if (node?.ready !== false) return []
  const seen = `${name} is NotReady: ${node.readyMessage || 'no reason given'}.`
  if (!facts.kubelet.active) {
    const why = `${seen} Its kubelet is ${facts.kubelet.state}.`
    const remedy =
      role === 'worker'
        ? 'Start it if pods are to be evicted from here: only a kubelet can end them.'
        : 'The upgrade starts it and waits for Ready.'
    return [finding('kubelet-down', name, why, remedy)]
  }
  if (role === 'worker')
    return [finding('node-not-ready', name, seen, 'It counts as unavailable and is upgraded first.')]
  const remedy = 'Bring it to Ready first: kubeadm refuses to upgrade with a control plane node that is not.'
  return [finding('control-plane-not-ready', name, seen, remedy)]
}

function cordonFindings({ node, name }: ObservedNode): Finding[] {
  if (!cordonedByOthers(node)) return []
  const seen = `${name} was cordoned by somebody else.`
  return [finding('node-cordoned', name, seen, 'Nothing, if you know why: it stays cordoned.')]
}

function flagFindings(node: ObservedNode, target: Minor): Finding[] {
  const { facts, name } = node
  const places: [string, Removal[]][] = [
    [
      '/var/lib/kubelet/kubeadm-flags.env',
      removedKubeletFlags(splitFlags(facts.kubelet.flags), target).filter(
        (removal) => !isStripped(removal, node, target),
      ),
    ],
    ["the kubelet's environment file", removedKubeletFlags(splitFlags(facts.kubelet.extraFlags), target)],
  ]
  return places.flatMap(([place, removals]) =>
    removals.map(({ name: flag, since }) =>
      finding(
        'kubelet-flag-removed',
        name,
        `${place} on ${name} has ${flag}, which the kubelet no longer knows from ${since} on.`,
        `Remove ${flag} and restart the kubelet.`,
      ),
    ),
  )
}

/** Whether the kubeadm that takes the flag away has yet to run here: it does so at its own minor only. */
function isStripped(
  { name }: Removal,
  { role, node, staticPods, facts }: ObservedNode,
  target: Minor,
): boolean {
  const by = strippedByKubeadm[name]
  const server = staticPods.find((pod) => pod.component === 'kube-apiserver')
  const at = role === 'worker' ? node?.kubeletVersion : server?.version
  if (by === undefined || at === undefined) return false
  const comes = minorsBetween(minorOf(at), by) > 0 && minorsBetween(by, target) >= 0
  return comes && !ranKubeadmOf(by, facts)
}

function gateFindings({ facts, name }: ObservedNode, target: Version): Finding[] {
  const flags = splitFlags(`${facts.kubelet.flags} ${facts.kubelet.extraFlags}`)
  const gates = [...gatesOfFlags(flags), ...Object.keys(facts.kubelet.config.featureGates)]
  return removedFeatureGates([...new Set(gates)], minorOf(target)).map(({ name: gate, since }) =>
    finding(
      'kubelet-feature-gate-removed',
      name,
      `The kubelet of ${name} sets the feature gate ${gate}, which is gone from ${since} on.`,
      `Remove ${gate} from kubelet-config and from the node.`,
    ),
  )
}
