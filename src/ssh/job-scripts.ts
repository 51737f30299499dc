import { powershellJob } from './powershell.ts'
import { setPositional } from './quote.ts'
import type { Script, ShellName } from './remote.ts'
import { joinScripts, loadScript } from './script.ts'
import { preamble } from './shell.ts'

/** How jobs are kept on a node, in the language of its shell. Arguments and replies are the same, and described in the files. */
export interface JobScripts {
  readonly start: Script
  /** Prints what a job did since a byte offset. */
  readonly follow: Script
  /** Prints the node's jobs, for `parseJobs`; takes no arguments, so that it can be a part of the facts. */
  readonly list: Script
  /** What the systemd unit of a job runs, or its process. */
  readonly wrapper: Script
  /** The file that does the job. */
  readonly file: (script: Script, args: readonly string[]) => string
}

const state = loadScript('job-state.sh', new URL('./scripts/job-state.sh', import.meta.url))
const start = loadScript('start-job.sh', new URL('./scripts/start-job.sh', import.meta.url))
const follow = loadScript('follow-job.sh', new URL('./scripts/follow-job.sh', import.meta.url))
const list = loadScript('list-jobs.sh', new URL('./scripts/list-jobs.sh', import.meta.url))
const wrapper = loadScript('run-job.sh', new URL('./scripts/run-job.sh', import.meta.url))

const windows = {
  state: loadScript('job-state.ps1', new URL('./scripts/job-state.ps1', import.meta.url)),
  start: loadScript('start-job.ps1', new URL('./scripts/start-job.ps1', import.meta.url)),
  follow: loadScript('follow-job.ps1', new URL('./scripts/follow-job.ps1', import.meta.url)),
  list: loadScript('list-jobs.ps1', new URL('./scripts/list-jobs.ps1', import.meta.url)),
  wrapper: loadScript('run-job.ps1', new URL('./scripts/run-job.ps1', import.meta.url)),
}

const forSh: JobScripts = {
  start: joinScripts('start-job.sh', state, start),
  follow: joinScripts('follow-job.sh', state, follow),
  list: joinScripts('list-jobs.sh', state, list),
  wrapper,
  file: (script, args) => [preamble, setPositional(args), script.text, ''].join('\n'),
}

const forPowerShell: JobScripts = {
  start: joinScripts('start-job.ps1', windows.state, windows.start),
  follow: joinScripts('follow-job.ps1', windows.state, windows.follow),
  list: joinScripts('list-jobs.ps1', windows.state, windows.list),
  wrapper: windows.wrapper,
  file: powershellJob,
}

/** The scripts for the nodes with a shell. */
export function jobScripts(shell: ShellName): JobScripts {
  return shell === 'sh' ? forSh : forPowerShell
}
