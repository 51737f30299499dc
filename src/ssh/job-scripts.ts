import type { Script } from './remote.ts'
import { joinScripts, loadScript } from './script.ts'

const jobState = loadScript('job-state.sh', new URL('./scripts/job-state.sh', import.meta.url))
const start = loadScript('start-job.sh', new URL('./scripts/start-job.sh', import.meta.url))
const follow = loadScript('follow-job.sh', new URL('./scripts/follow-job.sh', import.meta.url))
const list = loadScript('list-jobs.sh', new URL('./scripts/list-jobs.sh', import.meta.url))

/** Starts a job; arguments and replies are described in the file. */
export const startScript: Script = joinScripts('start-job.sh', jobState, start)

/** Prints what a job did since a byte offset; arguments and replies are described in the file. */
export const followScript: Script = joinScripts('follow-job.sh', jobState, follow)

/** Prints the node's jobs, for `parseJobs`; takes no arguments, so that it can be a part of the facts. */
export const listJobsScript: Script = joinScripts('list-jobs.sh', jobState, list)

/** What the systemd unit of a job runs. */
export const wrapperScript: Script = loadScript(
  'run-job.sh',
  new URL('./scripts/run-job.sh', import.meta.url),
)
