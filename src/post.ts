import * as core from '@actions/core'

/**
 * After the job, also when it failed or was cancelled. Never fails the job.
 * Jobs that still run on nodes are left alone: the next run attaches to them.
 */
export async function post(): Promise<void> {
  core.debug('Nothing to clean up.')
  await Promise.resolve()
}
