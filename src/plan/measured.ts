import type { Role } from '../inventory/inventory.ts'
import type { StepId } from './steps.ts'

/**
 * Seconds that each step took on the real lab (docs/measurements.md: "One upgrade, 1.36.4 to 1.37.1, step by step"; the
 * middle one where there are several). Waiting for health holds the 20 s for which a control plane node has to stay so.
 * Steps without a figure took less than a second.
 */
const measured: Partial<Record<StepId, Record<Role, number>>> = {
  'kubeadm-upgrade-node-between': { 'control-plane': 0, worker: 2 },
  'hold-packages': { 'control-plane': 1, worker: 1 },
  'stage-packages': { 'control-plane': 2, worker: 2 },
  'stage-images': { 'control-plane': 19, worker: 0 },
  'install-kubeadm': { 'control-plane': 2.2, worker: 1.9 },
  'stop-api-server': { 'control-plane': 20.2, worker: 0 },
  'kubeadm-upgrade-apply': { 'control-plane': 229, worker: 0 },
  'kubeadm-upgrade-node': { 'control-plane': 210, worker: 0.5 },
  drain: { 'control-plane': 1, worker: 9 },
  'install-kubelet': { 'control-plane': 3.9, worker: 4.2 },
  'wait-healthy': { 'control-plane': 47, worker: 2.9 },
}

/** A step as it is planned. */
interface PlannedStep {
  readonly id: StepId
  readonly needed: boolean
}

/** How long the missing steps of one node are expected to take, seconds; hooks and checks of the policy not counted. */
export function expectedSeconds(steps: readonly PlannedStep[], role: Role): number {
  const needed = steps.filter((step) => step.needed)
  return Math.round(needed.reduce((sum, { id }) => sum + (measured[id]?.[role] ?? 0), 0))
}

/** What the expectation of a whole upgrade is made of. */
interface PlannedWork {
  readonly nodes: readonly { readonly role: Role; readonly expectedSeconds: number | undefined }[]
  readonly maxUnavailable: number
  readonly policy: { readonly workers: { readonly canary: number; readonly soak: number } }
}

/** Seconds that the phases are expected to take. */
export interface Expected {
  controlPlane: number
  workers: number
}

/**
 * The control plane one node after the other, the workers as many at a time as may be out of service; canaries alone, and
 * the soak time after them. Pure.
 */
export function expectedOf({ nodes, maxUnavailable, policy }: PlannedWork): Expected {
  const of = (role: Role): number[] =>
    nodes.flatMap((node) => (node.role === role && node.expectedSeconds ? [node.expectedSeconds] : []))
  const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0)
  const workers = of('worker')
  const canaries = workers.slice(0, policy.workers.canary)
  const soak = canaries.length > 0 ? policy.workers.soak / 1000 : 0
  const rest = sum(workers.slice(canaries.length)) / Math.max(1, maxUnavailable)
  return { controlPlane: sum(of('control-plane')), workers: Math.round(sum(canaries) + soak + rest) }
}
