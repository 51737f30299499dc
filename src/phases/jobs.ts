import { lastLines } from '../cluster/admin.ts'
import { Failure, type FailureReason } from '../failure.ts'
import { runJob, type Job, type JobResult } from '../ssh/jobs.ts'
import type { Remote } from '../ssh/remote.ts'
import type { Way } from '../plan/recovery/state.ts'
import type { StepId } from '../plan/steps.ts'
import { LostToReboot } from './reboots.ts'
import type { Run } from './run.ts'

/** What a job belongs to, for its failure. */
export interface Purpose {
  /** The node that the step is about; the job may run on another one. */
  node: string
  step: StepId | 'etcd-snapshot' | 'load-images' | 'hook' | 'cleanup' | Way['kind']
  reason: FailureReason
  /** What a person can do when it fails. */
  next: string
}

/**
 * Runs a job to its end and takes nothing but exit code 0 for success.
 * @throws {Failure} `purpose.reason` with the last lines of the output; `cancelled`; what the connection throws
 * @throws {LostToReboot} when the machine was started anew under it
 */
export async function perform(run: Run, remote: Remote, job: Job, purpose: Purpose): Promise<JobResult> {
  if (run.aborted()) {
    throw new Failure('cancelled', `Cancelled before ${purpose.step} of ${purpose.node}.`, {
      node: purpose.node,
      step: purpose.step,
      next: 'Run the phase again: it continues where it stopped.',
    })
  }
  await run.lock.confirm(run.policy.timeouts.controlPlaneHealthy)
  run.recorder.changed = true
  const label = `${job.purpose} on ${remote.node}`
  run.unfinished.add(label)
  const result = await runJob(remote, job, {
    clock: run.clock,
    onOutput: (text) => run.log.output(remote.node, text),
    runUrl: run.runUrl,
    aborted: () => run.aborted(),
  })
  if (!result.timedOut) run.unfinished.delete(label)
  if (result.attached) run.log.info(`${remote.node}: attached to ${result.id}, which was running already`)
  if (result.code === 0) return result
  const message = `${job.purpose} on ${remote.node} ${howItEnded(job, result)}.`
  const details = {
    node: purpose.node,
    step: purpose.step,
    seen: lastLines(result.output, 20),
    next: result.timedOut ? 'It is left running. Run the phase again: it attaches to it.' : purpose.next,
  }
  if (result.rebooted)
    throw new LostToReboot(message, details, { node: remote.node, seenAt: result.finishedAt })
  throw new Failure(purpose.reason, message, details)
}

function howItEnded(job: Job, { timedOut, code, rebooted }: JobResult): string {
  if (timedOut) return `is still running after ${Math.round(job.timeout / 1000)} s`
  if (rebooted) return 'was lost: the machine was started anew under it'
  return code === null ? 'was killed before it came to its end' : `ended with exit code ${code}`
}
