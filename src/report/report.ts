import { Failure } from '../failure.ts'
import type { Phase, Report, Result } from './model.ts'
import type { Recorder } from './recorder.ts'

/** The report of a run that came to `ending`: its result, or why there is none. */
export function reportOf(run: {
  phase: Phase
  recorder: Recorder
  ending: Result | Failure
  finishedAt: number
}): Report {
  const { phase, recorder, ending, finishedAt } = run
  const failure = ending instanceof Failure ? ending : undefined
  const stopped: Result = recorder.changed ? 'failed' : 'blocked'
  return {
    schema: 1,
    phase,
    result: ending instanceof Failure ? stopped : ending,
    failure: failure && {
      reason: failure.reason,
      message: failure.message,
      node: failure.node,
      step: failure.step,
      seen: failure.seen,
      next: failure.next,
    },
    startedAt: recorder.startedAt,
    finishedAt,
    plan: recorder.plan,
    offline: recorder.offline,
    findings: recorder.findings,
    brokenLock: recorder.brokenLock,
    nodes: [...recorder.nodes.values()],
    checks: recorder.checks,
    leftovers: recorder.leftovers,
    recovery: recorder.recovery,
  }
}
