import { drainJob, readStuckPods, type StuckPod } from '../cluster/drain.ts'
import { asFailure, Failure } from '../failure.ts'
import type { ObservedNode } from '../plan/observed.ts'
import { perform } from './jobs.ts'
import { admin } from './look.ts'
import { LostToReboot } from './reboots.ts'
import type { Run } from './run.ts'

const next = 'Give the pods above another place or a budget that allows it, then run the phase again.'

/**
 * Evicts what runs on a node, as the policy says.
 * @throws {Failure} `drain-blocked` with the pods that are left and why
 */
export async function drainNode(run: Run, { name }: ObservedNode): Promise<void> {
  if (run.policy.drain.onBlocked !== 'wait') await refuseWhatWaitingCannotHelp(run, name)
  const [driver] = admin(run).controlPlanes
  if (driver === undefined) throw new Error('an inventory has a control plane node')
  const purpose = { node: name, step: 'drain', reason: 'drain-blocked', next } as const
  try {
    await perform(run, driver, drainJob(name, run.policy.drain), purpose)
  } catch (error) {
    const failure = asFailure(error)
    if (failure.reason !== 'drain-blocked' || error instanceof LostToReboot) throw failure
    const stuck = await readStuckPods(admin(run), name).catch(() => [])
    throw blocked(name, failure.message, [...tell(stuck), failure.seen ?? ''])
  }
}

/** Pods whose budget allows no eviction although all of its pods are healthy: there is nothing to wait for. */
async function refuseWhatWaitingCannotHelp(run: Run, node: string): Promise<void> {
  const stuck = (await readStuckPods(admin(run), node)).filter(({ forGood }) => forGood)
  if (stuck.length === 0) return
  const message = `The drain of ${node} was not begun: a budget allows no eviction, and all of its pods are healthy.`
  throw blocked(node, message, tell(stuck))
}

function tell(pods: readonly StuckPod[]): string[] {
  return pods.map(({ pod, why }) => `${pod}: ${why}`)
}

function blocked(node: string, message: string, seen: readonly string[]): Failure {
  return new Failure('drain-blocked', message, { node, step: 'drain', seen: seen.join('\n'), next })
}
