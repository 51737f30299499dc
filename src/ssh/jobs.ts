import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { Failure } from '../failure.ts'
import { follow, milliseconds, type Ending } from './follow.ts'
import { jobScripts } from './job-scripts.ts'
import { persist, runOrLost, type Persistence } from './persist.ts'
import type { Remote, Script, ShellName } from './remote.ts'

export { jobScripts }

/** Something that changes a node. It runs on the node by itself, whatever becomes of the connection. */
export interface Job {
  /** Says what it does, such as `kubeadm-apply-v1.37.1`: jobs with the same purpose are the same work. [a-z0-9.-]+ */
  readonly purpose: string
  readonly script: Script
  /** Positional parameters of the script. They are in its root-only file, never in a process list. */
  readonly args?: readonly string[]
  /** Milliseconds the whole job may take, by the node's clock; it is not killed then, but no longer waited for. */
  readonly timeout: number
}

export interface JobContext {
  readonly clock: Clock
  /** Gets the job's output as it appears, and lines that say what is waited for. */
  readonly onOutput?: (text: string) => void
  /** The workflow run, kept with the job for whoever finds it. */
  readonly runUrl?: string
  /** Whether the run was cancelled: nothing is started then, and a running job is left to itself. */
  readonly aborted?: () => boolean
  /** Milliseconds without contact to the node until it is given up. Default: 15 minutes. */
  readonly contactLimit?: number
}

export interface JobResult extends Ending {
  /** `<purpose>.<attempt>`, the name of its folder in /var/lib/kubeadm-upgrade/jobs. */
  readonly id: string
  /** It was running already, started by somebody else. */
  readonly attached: boolean
}

/** A job as its folder on the node tells it. Times are milliseconds of the node's clock. */
export interface JobRecord {
  readonly id: string
  readonly purpose: string
  readonly attempt: number
  /** lost: it ended without leaving an exit code; it was killed or the machine rebooted. */
  readonly state: 'running' | 'finished' | 'lost'
  readonly code: number | null
  /** null: its unit never ran. */
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly bootId: string | null
  readonly runUrl: string | null
}

/**
 * Runs a job to its end, or attaches to the one of the same purpose that is running. Jobs of other purposes that are
 * running are waited for. A job that has ended is history, never a result: it is done again under a new attempt.
 * @throws {Failure} `cancelled`, `precondition-failed` (it could not be started), or why contact was lost for good
 */
export async function runJob(remote: Remote, job: Job, context: JobContext): Promise<JobResult> {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(job.purpose)) throw new Error(`Not a purpose of a job: "${job.purpose}"`)
  const say = context.onOutput ?? (() => undefined)
  const persistence = persistenceOf(remote, context)
  const args = startArguments(remote.shell, job, context)
  const giveUp = context.clock.now() + job.timeout
  for (;;) {
    const reply = await start(remote, args, persistence)
    if (reply.verb !== 'busy') {
      const ending = await follow(remote, reply.id, job.timeout, say, persistence)
      return { ...ending, id: reply.id, attached: reply.verb === 'attached' }
    }
    persistence.tell(`${remote.node}: waiting for ${reply.id}, which is still running there`)
    const left = giveUp - context.clock.now()
    const ending = left > 0 ? await follow(remote, reply.id, left, () => undefined, persistence) : undefined
    if (ending === undefined || ending.timedOut) throw stillBusy(remote.node, job, reply.id)
    persistence.tell(`${remote.node}: ${reply.id} has ended (${ending.code ?? 'no exit code'})`)
  }
}

/**
 * Follows a job that is running already, from the beginning of its output.
 * @param timeout milliseconds that the job may have taken since its start
 * @throws {Failure} `cancelled`, or why contact was lost for good
 */
export async function attachJob(
  remote: Remote,
  id: string,
  timeout: number,
  context: JobContext,
): Promise<JobResult> {
  const say = context.onOutput ?? (() => undefined)
  const ending = await follow(remote, id, timeout, say, persistenceOf(remote, context))
  return { ...ending, id, attached: true }
}

/**
 * The jobs on a node, in no particular order.
 * @throws {Failure} as `Remote.run`
 */
export async function listJobs(remote: Remote): Promise<JobRecord[]> {
  const { code, stdout, stderr } = await remote.run(jobScripts(remote.shell).list)
  if (code === 0) return parseJobs(stdout)
  throw new Failure('internal-error', `The jobs on ${remote.node} cannot be listed.`, {
    node: remote.node,
    seen: `exit code ${code}\n${stderr.trim()}`,
  })
}

/** Reads what `jobScripts(…).list` printed; lines that it did not print are left out. */
export function parseJobs(text: string): JobRecord[] {
  return text.split('\n').flatMap((line) => {
    const [id, state, code, started, finished, bootId, runUrl] = line.split(' ')
    const name = /^(.+)\.(\d+)$/.exec(id ?? '')
    if (name === null || (state !== 'running' && state !== 'finished' && state !== 'lost')) return []
    const record: JobRecord = {
      id: name[0],
      purpose: name[1] ?? '',
      attempt: Number(name[2]),
      state,
      code: word(code) === null ? null : Number(code),
      startedAt: milliseconds(started),
      finishedAt: milliseconds(finished),
      bootId: word(bootId),
      runUrl: word(runUrl),
    }
    return [record]
  })
}

function persistenceOf(remote: Remote, context: JobContext): Persistence {
  return {
    clock: context.clock,
    node: remote.node,
    limit: context.contactLimit ?? 15 * 60_000,
    aborted: context.aborted ?? (() => false),
    tell: (line) => context.onOutput?.(`${line}\n`),
  }
}

function word(field: string | undefined): string | null {
  return field === undefined || field === '-' ? null : field
}

function startArguments(shell: ShellName, job: Job, context: JobContext): string[] {
  const token = randomBytes(16).toString('hex')
  if ((job.script.shell ?? 'sh') !== shell)
    throw new Error(`${job.script.name} is no script for a node that runs ${shell}`)
  const { wrapper, file } = jobScripts(shell)
  return [job.purpose, token, context.runUrl ?? '', wrapper.text, file(job.script, job.args ?? [])]
}

interface Reply {
  readonly verb: 'started' | 'attached' | 'busy'
  readonly id: string
}

/** EX_TEMPFAIL: the node could not tell yet. */
const tryAgain = 75

async function start(remote: Remote, args: readonly string[], persistence: Persistence): Promise<Reply> {
  const script = jobScripts(remote.shell).start
  for (let attempt = 1; ; attempt++) {
    const done = await persist(() => runOrLost(remote, script, { args }), false, persistence)
    const [verb, id] = done.stdout.trim().split(' ')
    const known = verb === 'started' || verb === 'attached' || verb === 'busy'
    if (done.code === 0 && known && id !== undefined) return { verb, id }
    if (done.code !== tryAgain || attempt === 5) {
      throw new Failure('precondition-failed', `No job could be started on ${remote.node}.`, {
        node: remote.node,
        seen: `${done.stderr.trim().split('\n').slice(-5).join('\n')}\nexit code ${done.code}`.trim(),
        next:
          remote.shell === 'sh'
            ? `Check on ${remote.node} that systemd works ("systemctl status") and that /var/lib is not full.`
            : `Check on ${remote.node} that the service Winmgmt runs and that the disk is not full.`,
      })
    }
    await persistence.clock.sleep(2000)
  }
}

function stillBusy(node: string, job: Job, id: string): Failure {
  return new Failure(
    'precondition-failed',
    `${job.purpose} was not started on ${node}: ${id} is running there.`,
    {
      node,
      next: `Look at it with "systemctl status kubeadm-upgrade-${id}" on ${node}, and run the phase again when it ended.`,
    },
  )
}
