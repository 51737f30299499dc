import { Failure } from '../failure.ts'
import { loadScript } from '../ssh/script.ts'
import { adminScript, askControlPlane, type Admin } from './admin.ts'

const readScript = adminScript(loadScript('lease-read', new URL('./scripts/lease-read.sh', import.meta.url)))
const writeScript = adminScript(
  loadScript('lease-write', new URL('./scripts/lease-write.sh', import.meta.url)),
)

/** One job of a workflow that works under the lock. */
export interface LeaseJob {
  /** Counts up at every renewal: a job whose beat stands still is dead. */
  beat: number
  /** Workers that it takes out of service. */
  slots: string[]
}

/** The Lease kube-system/kubeadm-upgrade: who changes the cluster now. */
export interface LeaseState {
  /** Empty: there is no Lease yet. */
  resourceVersion: string
  /** Holder id, the value of `break-lock`; empty: the lock is free. */
  holder: string
  /** Address of the holder's workflow run, for people. */
  runUrl: string
  actor: string
  phase: string
  /** Seconds without a renewal after which the holder counts as gone. */
  duration: number
  /** RFC 3339, the holder's clock; for people only. */
  acquired: string
  transitions: number
  /** Jobs of the holder by a random word of each: only the phase workers has several. */
  jobs: Readonly<Record<string, LeaseJob>>
  /** Workers that failed under this holder: the failure budget of all its jobs. It outlives the release. */
  failed: { holder: string; nodes: readonly string[] }
}

interface Lease {
  metadata?: { resourceVersion?: string; annotations?: Record<string, string> }
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    acquireTime?: string
    leaseTransitions?: number
  }
}

const prefix = 'kubeadm-upgrade/'

/** The state of a cluster that was never locked. */
export const noLease: LeaseState = {
  resourceVersion: '',
  holder: '',
  runUrl: '',
  actor: '',
  phase: '',
  duration: 0,
  acquired: '',
  transitions: 0,
  jobs: {},
  failed: { holder: '', nodes: [] },
}

/** LeaseState from the Lease as JSON; of an empty text `noLease`. */
export function parseLease(text: string): LeaseState {
  if (text.trim() === '') return noLease
  const { metadata, spec } = JSON.parse(text) as Lease
  const note = (name: string): string => metadata?.annotations?.[`${prefix}${name}`] ?? ''
  return {
    resourceVersion: metadata?.resourceVersion ?? '',
    holder: spec?.holderIdentity ?? '',
    runUrl: note('run-url'),
    actor: note('actor'),
    phase: note('phase'),
    duration: spec?.leaseDurationSeconds ?? 60,
    acquired: spec?.acquireTime ?? '',
    transitions: spec?.leaseTransitions ?? 0,
    jobs: JSON.parse(note('jobs') || '{}') as LeaseState['jobs'],
    failed: JSON.parse(note('failed') || '{"holder":"","nodes":[]}') as LeaseState['failed'],
  }
}

/** The Lease of a state, as kubectl takes it. @param now milliseconds since the epoch */
export function formatLease(state: LeaseState, now: number): string {
  const annotations = {
    'run-url': state.runUrl,
    actor: state.actor,
    phase: state.phase,
    jobs: JSON.stringify(state.jobs),
    failed: JSON.stringify(state.failed),
  }
  return JSON.stringify({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: 'kubeadm-upgrade',
      namespace: 'kube-system',
      ...(state.resourceVersion !== '' && { resourceVersion: state.resourceVersion }),
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([name, value]) => [`${prefix}${name}`, value]),
      ),
    },
    spec: {
      holderIdentity: state.holder,
      leaseDurationSeconds: Math.max(1, state.duration),
      ...(state.acquired !== '' && { acquireTime: state.acquired }),
      renewTime: microTime(now),
      leaseTransitions: state.transitions,
    },
  })
}

/** MicroTime of the Kubernetes API. @param now milliseconds since the epoch */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z')
}

/** @throws {Failure} `control-plane-unhealthy` */
export async function readLease(admin: Admin): Promise<LeaseState> {
  return parseLease((await askControlPlane(admin, readScript)).stdout)
}

/**
 * Compare-and-swap: writes `state` if the Lease is still the one that it was made from.
 * @returns whether it is known to be written; if not, somebody else was first or the answer was lost: read again
 */
export async function writeLease(admin: Admin, state: LeaseState, now: number): Promise<boolean> {
  const verb = state.resourceVersion === '' ? 'create' : 'replace'
  try {
    await askControlPlane(admin, writeScript, { args: [verb, formatLease(state, now)] })
    return true
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}
