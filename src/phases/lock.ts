import { randomBytes } from 'node:crypto'
import type { LeaseState } from '../cluster/lease.ts'
import type { Identity } from '../cluster/lease-rules.ts'
import { asFailure, Failure } from '../failure.ts'
import type { Phase } from '../report/model.ts'
import { listJobs } from '../ssh/jobs.ts'
import { followToItsEnd } from './look.ts'
import { remoteOf, type Run } from './run.ts'

/**
 * What the lock says of a run.
 * @param workflow `owner/name/run/attempt`; undefined outside of GitHub
 * @param job a word of this job's own
 */
export function identityOf(
  phase: Phase,
  workflow: string | undefined,
  facts: { runUrl: string; actor: string; duration: number },
  job = randomBytes(4).toString('hex'),
): Identity {
  // The matrix jobs of one workflow run work together; everything else is alone.
  const shared = phase === 'workers' && workflow !== undefined
  const holder = `${workflow ?? 'local'}/${phase}${shared ? '' : `/${job}`}`
  return { holder, job, phase, ...facts, duration: Math.max(1, Math.round(facts.duration / 1000)) }
}

/**
 * Before a phase that changes the cluster looks: refuses at once while another run is at work, and waits for one that
 * seems to be gone until that is certain. Takes nothing yet: a phase that has nothing to do changes nothing.
 * @throws {Failure} `cluster-locked`, `cancelled`
 */
export async function waitForLock(run: Run): Promise<void> {
  const { lock } = run
  if (lock.held) return
  let first: LeaseState | undefined
  for (;;) {
    const seen = await lock.read()
    if (seen.holder === '' || seen.holder === lock.me.holder || seen.holder === lock.breaks) return
    if (seen.resourceVersion === lock.expiredAt) return
    if (first !== undefined && seen.resourceVersion !== first.resourceVersion)
      throw locked(seen, 'It is at work: the lock was renewed a moment ago.')
    if (first === undefined)
      run.log.info(
        `${describe(seen)} Watching for ${seen.duration} s whether it is still at work: it did not give the lock back.`,
      )
    first = seen
    if (lock.age(seen) > seen.duration * 1000) {
      await followJobsOf(run, seen)
      lock.expiredAt = seen.resourceVersion
      return
    }
    if (run.aborted())
      throw new Failure('cancelled', 'Cancelled while waiting for the lock of the cluster.', {})
    await run.clock.sleep(Math.min(2000, seen.duration * 100))
  }
}

/** Takes the lock of the cluster, for good until the phase ends. @throws {Failure} `cluster-locked` */
export async function takeLock(run: Run): Promise<void> {
  const { lock } = run
  if (lock.held) return
  for (let attempt = 0; attempt < 3; attempt++) {
    await waitForLock(run)
    const before = await lock.take()
    if (before === undefined) continue
    if (before === '') return
    if (before === lock.breaks) run.recorder.brokenLock = before
    run.log.info(
      before === lock.breaks
        ? `The lock of ${before} was broken, as asked for.`
        : `The lock of ${before} was taken over: it expired, and nothing of it runs on the nodes.`,
    )
    return
  }
  throw locked(await lock.read(), 'It was faster.')
}

/** After a job that was cancelled or killed: gives its lock back when nothing of it runs on any node. @returns whether it did */
export async function giveLockBack(run: Run): Promise<boolean> {
  const seen = await run.lock.read()
  if (!run.lock.holds(seen)) return true
  const jobs = await Promise.all(run.inventory.nodes.map(({ name }) => listJobs(remoteOf(run, name))))
  if (jobs.flat().some((job) => job.state === 'running')) return false
  await run.lock.giveBack()
  return true
}

/** A run that is gone may have left a job running: nothing begins beside it. */
async function followJobsOf(run: Run, seen: LeaseState): Promise<void> {
  const unreachable: string[] = []
  const running: { name: string; id: string }[] = []
  await Promise.all(
    run.inventory.nodes.map(async ({ name }) => {
      try {
        for (const job of await listJobs(remoteOf(run, name)))
          if (job.state === 'running') running.push({ name, id: job.id })
      } catch (error) {
        unreachable.push(`${name}: ${asFailure(error).message}`)
      }
    }),
  )
  if (unreachable.length > 0)
    throw locked(
      seen,
      `It no longer renews the lock, but whether something of it still runs cannot be told:\n${unreachable.join('\n')}`,
    )
  await Promise.all(running.map(({ name, id }) => followToItsEnd(run, name, id)))
}

function describe({ holder, phase, actor, runUrl, acquired }: LeaseState): string {
  const who = [actor && `started by ${actor}`, runUrl].filter(Boolean).join(', ')
  return `The lock of the cluster is held by ${holder} (phase ${phase}${who === '' ? '' : `, ${who}`}) since ${acquired}.`
}

function locked(seen: LeaseState, why: string): Failure {
  return new Failure('cluster-locked', describe(seen), {
    seen: why,
    next: `Wait until that run has ended, then run the phase again. Only if you know that nothing of it runs any more, on no runner and on no node: run it with break-lock: ${seen.holder}`,
  })
}
