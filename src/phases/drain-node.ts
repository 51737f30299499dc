import { drainJob, readStuckPods, type StuckPod } from '../cluster/drain.ts'
import { readControlPlaneHealth } from '../cluster/etcd.ts'
import { asFailure, Failure } from '../failure.ts'
import type { ObservedNode } from '../plan/observed.ts'
import type { Remote } from '../ssh/remote.ts'
import { perform } from './jobs.ts'
import { admin } from './look.ts'
import { LostToReboot } from './reboots.ts'
import type { Run } from './run.ts'
import { waitForControlPlane, whenAnswered } from './wait.ts'

const next = 'Give the pods above another place or a budget that allows it, then run the phase again.'
/** A drain that ends long before its timeout did not wait for pods: its API server may have gone away. */
const tries = 3

/**
 * Evicts what runs on a node, as the policy says.
 * @throws {Failure} `drain-blocked` with the pods that are left and why
 */
export async function drainNode(run: Run, { name }: ObservedNode): Promise<void> {
  if (run.policy.drain.onBlocked !== 'wait') await refuseWhatWaitingCannotHelp(run, name)
  for (let attempt = 1; ; attempt++) {
    const began = run.clock.now()
    const failure = await drain(run, name)
    if (failure === undefined) return
    const early = run.clock.now() - began < run.policy.drain.timeout
    const stuck = await whenAnswered(run, name, () => readStuckPods(admin(run), name))
    const refused = run.policy.drain.barePods === 'fail' && stuck.some(({ bare }) => bare)
    if (early && attempt < tries && !refused) {
      run.log.info(`${name}: ${failure.message} It did not wait for pods, so it is drained again.`)
      await waitForControlPlane(run, name)
      continue
    }
    throw blocked(name, failure.message, [...tell(stuck), failure.seen ?? ''])
  }
}

/** One drain. @returns why it failed, if it did */
async function drain(run: Run, name: string): Promise<Failure | undefined> {
  const purpose = { node: name, step: 'drain', reason: 'drain-blocked', next } as const
  try {
    await perform(run, await driverOf(run, name), drainJob(name, run.policy.drain), purpose)
    return undefined
  } catch (error) {
    const failure = asFailure(error)
    if (failure.reason !== 'drain-blocked' || error instanceof LostToReboot) throw failure
    return failure
  }
}

/** A control plane node whose API server answers; waits until there is one. */
function driverOf(run: Run, node: string): Promise<Remote> {
  return whenAnswered(run, node, async () => {
    for (const remote of admin(run).controlPlanes)
      if ((await readControlPlaneHealth(remote)).apiServerReady) return remote
    throw new Failure('control-plane-unhealthy', 'No API server is ready.', { node })
  })
}

/** Pods whose budget allows no eviction although all of its pods are healthy: there is nothing to wait for. */
async function refuseWhatWaitingCannotHelp(run: Run, node: string): Promise<void> {
  const seen = await whenAnswered(run, node, () => readStuckPods(admin(run), node))
  const stuck = seen.filter(({ forGood }) => forGood)
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
