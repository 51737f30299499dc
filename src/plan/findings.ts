import type { Inventory, InventoryNode } from '../inventory/inventory.ts'
import type { Policy } from '../inventory/policy.ts'
import type { Hop } from '../versions/hops.ts'
import type { Version } from '../versions/version.ts'
import type { Finding, Severity } from './finding.ts'
import { nodesToDrain } from './drains.ts'
import { admissionFindings } from './findings/admission.ts'
import { apiFindings } from './findings/apis.ts'
import { approvalFindings } from './findings/approval.ts'
import { capacityFindings } from './findings/capacity.ts'
import { certificateFindings } from './findings/certificates.ts'
import { configurationFindings } from './findings/configurations.ts'
import { apiServerFindings, controlPlaneFindings } from './findings/control-plane.ts'
import { drainFindings } from './findings/drain.ts'
import { endpointFindings } from './findings/endpoint.ts'
import { etcdFindings } from './findings/etcd.ts'
import { inventoryFindings } from './findings/inventory.ts'
import { kubeletFindings } from './findings/kubelet.ts'
import { lagFindings } from './findings/lag.ts'
import { clockFindings, machineFindings } from './findings/machine.ts'
import { manifestFindings } from './findings/manifests.ts'
import { packageFindings } from './findings/packages.ts'
import { policyFindings } from './findings/policy.ts'
import { releaseFindings } from './findings/release.ts'
import { repositoryFindings, unreadableFindings } from './findings/repositories.ts'
import { slotFindings } from './findings/slots.ts'
import { versionFindings } from './findings/versions.ts'
import { windowsFindings } from './findings/windows.ts'
import { observedNode, type Observed, type ObservedNode } from './observed.ts'

/** What the findings look at. */
export interface FindingsInput {
  inventory: Inventory
  observed: Observed
  policy: Policy
  target: Version
  /** What the API servers still have to go through; empty once they are at the target. */
  hops: readonly Hop[]
  /** Workers that may be out of service at once. */
  maxUnavailable: number
}

/** All findings, those that block first. Pure. */
export function findFindings(input: FindingsInput): Finding[] {
  const { inventory, observed, policy, target } = input
  const nodes = inventory.nodes.flatMap(
    (entry) => observedNode(entry, observed, isPrimary(inventory, entry)) ?? [],
  )
  const found = [
    ...policyFindings(policy, observed.snapshot, target),
    ...approvalFindings(observed.approval, policy),
    ...inventoryFindings(inventory, observed),
    ...nodes.flatMap((node) => nodeFindings(node, input)),
    ...clockFindings(nodes),
    ...unreadableFindings(observed.unreadable ?? new Map()),
    ...clusterFindings(input, nodes),
    ...forecastFindings(input),
    ...releaseFindings(input.hops, policy),
  ]
  return weigh(found, policy)
}

/** Findings with what the policy accepts of them, those that block first. Pure. */
export function weigh(found: readonly Finding[], policy: Policy): Finding[] {
  const accepted = new Map(policy.findings.accept.map((entry) => [entry.id, entry.reason]))
  const order: Severity[] = ['blocks', 'warns', 'tells']
  return found
    .map((finding) => ({ ...finding, accepted: finding.acceptable ? accepted.get(finding.id) : undefined }))
    .toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
}

/** The primary is the first control plane node of the inventory: the person who wrote it decides, and it never moves. */
export function isPrimary(inventory: Inventory, entry: InventoryNode): boolean {
  return inventory.nodes.find((node) => node.role === 'control-plane')?.name === entry.name
}

function nodeFindings(node: ObservedNode, { policy, target, hops }: FindingsInput): Finding[] {
  if (node.facts.system === 'windows') return windowsFindings(node, policy)
  return [
    ...packageFindings(node),
    ...repositoryFindings(node, target, policy.packages),
    ...machineFindings(node, policy, target, hops.length),
    ...kubeletFindings(node, target),
    ...certificateFindings(node, policy),
  ]
}

function clusterFindings(
  { inventory, observed, policy, target, hops, maxUnavailable }: FindingsInput,
  nodes: readonly ObservedNode[],
): Finding[] {
  const controlPlanes = nodes.filter((node) => node.role === 'control-plane')
  const names = inventory.nodes.flatMap((node) => (node.role === 'control-plane' ? [node.name] : []))
  const { clusterConfiguration } = observed.snapshot
  const patched = policy.kubeadm.patches !== undefined
  return [
    ...controlPlanes.flatMap((node) => [
      ...controlPlaneFindings(node, observed),
      ...manifestFindings(node, clusterConfiguration, target, patched),
    ]),
    ...apiServerFindings(observed),
    ...configurationFindings(observed, nodes, target, patched),
    ...(hops.length > 0 ? endpointFindings(observed, names.length) : []),
    ...etcdFindings(observed, controlPlanes, names, policy, target),
    ...versionFindings(inventory, observed, target),
    ...lagFindings(inventory, observed, hops),
    ...slotFindings(inventory, observed, target, maxUnavailable),
  ]
}

/** What the cluster runs and the upgrade is going to meet; only where it was asked. */
function forecastFindings({ inventory, observed, policy, target, maxUnavailable }: FindingsInput): Finding[] {
  const { forecast, snapshot } = observed
  if (forecast === undefined) return []
  const drained = nodesToDrain(inventory, snapshot, policy, target)
  const workers = new Set(inventory.nodes.flatMap(({ name, role }) => (role === 'worker' ? [name] : [])))
  return [
    ...drainFindings(forecast, drained, workers, policy),
    ...capacityFindings(inventory, observed, drained, maxUnavailable),
    ...admissionFindings(forecast, drained),
    ...apiFindings(forecast, target),
  ]
}
