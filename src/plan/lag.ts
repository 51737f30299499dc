import type { Snapshot } from '../cluster/snapshot.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { kubeadmVersionOf, type NodeFacts } from '../node/node.ts'
import {
  compareMinors,
  minorAfter,
  minorOf,
  minorsBetween,
  type Minor,
  type Version,
} from '../versions/version.ts'
import type { Observed } from './observed.ts'

/*
 * Workers over several minors. A worker's kubelet moves once, from where it is straight to the target; a kubelet may be
 * three minors behind (https://kubernetes.io/releases/version-skew-policy/#kubelet). Its kubeadm may not leave out a minor:
 * each one's `kubeadm upgrade node` changes the kubelet's files in its own way, such as that of 1.35, the only one that
 * takes `--pod-infra-container-image` out of kubeadm-flags.env, with which a kubelet of 1.37 does not start.
 */

/** The minors between a worker's kubelet and the target: those whose kubeadm has to run there before the target's. */
export function minorsOnTheWay(kubelet: Version, target: Version): Minor[] {
  const count = minorsBetween(minorOf(kubelet), minorOf(target)) - 1
  return Array.from({ length: Math.max(0, count) }, (_, step) => minorAfter(minorOf(kubelet), step + 1))
}

/** Whether `kubeadm upgrade node` of a minor, whichever patch, has ended with exit code 0 on this node. */
export function ranKubeadmOf(minor: Minor, facts: Pick<NodeFacts, 'jobs'>): boolean {
  return facts.jobs.some((job) => {
    const version = kubeadmVersionOf('node', job.purpose)
    return job.code === 0 && version !== undefined && minorOf(version) === minor
  })
}

/** Names of the workers that have minors on their way: their facts are needed to know what is left to do there. */
export function laggingWorkers(inventory: Inventory, snapshot: Snapshot, target: Version): string[] {
  return inventory.nodes.flatMap(({ name, role }) => {
    const kubelet = snapshot.nodes.get(name)?.kubeletVersion
    const lags = role === 'worker' && kubelet !== undefined && minorsOnTheWay(kubelet, target).length > 0
    return lags ? [name] : []
  })
}

/** The minors whose kubeadm some worker has still to run before the target's, oldest first. */
export function owedMinors(inventory: Inventory, { snapshot, facts }: Observed, target: Version): Minor[] {
  const owed = laggingWorkers(inventory, snapshot, target).flatMap((name) => {
    const kubelet = snapshot.nodes.get(name)?.kubeletVersion
    const seen = facts.get(name)
    if (kubelet === undefined || seen === undefined) return []
    return minorsOnTheWay(kubelet, target).filter((minor) => !ranKubeadmOf(minor, seen))
  })
  return [...new Set(owed)].toSorted(compareMinors)
}
