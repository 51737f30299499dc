import { CheckFailed, equal, truthy } from '../test/check.ts'
import type { ActRun, JobRun } from './act.ts'

/** `plan`, `workers w1`: the jobs of a run in the order in which they began. */
export function names(run: ActRun): string[] {
  return run.jobs.map(({ id, matrix }) => [id, matrix['batch']].filter(Boolean).join(' '))
}

/** The job of a run that is called so. */
export function jobOf(run: ActRun, name: string): JobRun {
  const job = run.jobs[names(run).indexOf(name)]
  if (job === undefined)
    throw new Error(`No job ${name} among ${names(run).join(', ')}.\n${run.log.slice(-3000)}`)
  return job
}

/** Expects these jobs, each with its result; `inOrder` looks at their order. */
export function expectJobs(run: ActRun, expected: Readonly<Record<string, string>>): void {
  const results = names(run).map((name, at) => [name, run.jobs[at]?.result ?? ''] as const)
  const list = (entries: readonly (readonly [string, string])[]): string =>
    entries
      .map(([name, result]) => `${name}: ${result}`)
      .toSorted()
      .join(', ')
  if (list(results) === list(Object.entries(expected))) return
  const wrong = run.jobs.filter((job, at) => job.result !== expected[names(run)[at] ?? ''])
  const said = wrong.map(({ id, log }) => `\n--- ${id}\n${log.join('').slice(-2000)}`)
  throw new CheckFailed(
    `jobs: expected ${list(Object.entries(expected))}; got ${list(results)}${said.join('')}`,
  )
}

/** Every job began after those that it needs had ended. */
export function inOrder(run: ActRun): void {
  const before = { 'control-plane': ['plan'], workers: ['control-plane'], verify: ['workers'] }
  for (const [id, needed] of Object.entries(before)) {
    const first = Math.min(...run.jobs.filter((job) => job.id === id).map(({ startedAt }) => startedAt))
    const last = Math.max(...run.jobs.filter((job) => needed.includes(job.id)).map(({ endedAt }) => endedAt))
    truthy(`${id} began after ${needed.join(', ')} had ended`, first >= last)
  }
}

/** What the run says in which worker w2 failed: outputs and summaries of all jobs. */
export function toldWhatFailed(run: ActRun, controlPlanes: number): void {
  equal('control plane', jobOf(run, 'control-plane').outputs['result'], 'upgraded')
  equal('w1', jobOf(run, 'workers w1').outputs['result'], 'upgraded')
  equal('w2', jobOf(run, 'workers w2').outputs['failure-reason'], 'package-error')
  equal('verify', jobOf(run, 'verify').outputs['failure-reason'], 'verify-failed')
  equal('digests', new Set(run.jobs.map(({ outputs }) => outputs['plan-digest'])).size, 1)
  const said: Readonly<Record<string, RegExp>> = {
    plan: /would be upgraded from \*\*v1\.36\.4\*\* to \*\*v1\.37\.1\*\*/,
    'control-plane': new RegExp(`${controlPlanes} nodes? of cluster .* upgraded to \\*\\*v1\\.37\\.1`),
    'workers w1': /1 node of cluster .* upgraded to \*\*v1\.37\.1/,
    'workers w2': /\*\*package-error\*\* at node \*\*w2\*\*/,
    verify: /\*\*w2\*\* \|.*❌ failed[^]*### Failed checks/,
  }
  for (const [job, words] of Object.entries(said))
    truthy(`the summary of ${job} says ${String(words)}`, words.test(jobOf(run, job).summary))
}
