import { join } from 'node:path'
import * as core from '@actions/core'
import { actionLog } from './action/log.ts'
import { filesFolder, readRunnerInputs } from './action/runner.ts'
import { savedLockJob, savedSecretsFolder } from './action/state.ts'
import { connectorOf, runOf } from './action/world.ts'
import { systemClock } from './clock.ts'
import { asFailure } from './failure.ts'
import { giveLockBack } from './phases/lock.ts'
import { removeLeft } from './ssh/openssh/files.ts'
import { Recorder } from './report/recorder.ts'

/** Milliseconds that the job's end may wait for it. */
const limit = 30_000

/**
 * After the job, also when it was cancelled or killed: gives the lock of the cluster back if nothing of ours still runs.
 * Jobs that run on nodes are left alone: the next run attaches to them. Never fails the job.
 */
export async function post(): Promise<void> {
  const secrets = savedSecretsFolder()
  if (secrets !== '') removeLeft(secrets)
  const lockJob = savedLockJob()
  if (lockJob === '') return
  const late = systemClock
    .sleep(limit)
    .then(() => 'The lock could not be looked at in time; it expires by itself.')
  core.info(await Promise.race([release(lockJob), late]))
  process.exit(0)
}

async function release(lockJob: string): Promise<string> {
  let close = (): void => undefined
  try {
    const log = actionLog(join(filesFolder(), 'logs'))
    const inputs = readRunnerInputs()
    const connector = connectorOf(inputs, log)
    close = () => connector.close()
    const recorder = new Recorder(systemClock)
    const run = runOf(inputs, { connector, recorder, log, github: undefined, aborted: () => false, lockJob })
    return (await giveLockBack(run))
      ? 'The lock of the cluster is not held by this job any more.'
      : 'A job of this run still runs on a node: the lock stays, and the next run follows it to its end.'
  } catch (error) {
    return `The lock of the cluster was not given back; it expires by itself. ${asFailure(error).message}`
  } finally {
    close()
  }
}
