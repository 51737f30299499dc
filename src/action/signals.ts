import { Failure } from '../failure.ts'
import type { Log } from '../phases/run.ts'

/**
 * Someone clicked Cancel: the runner sends SIGINT, 7.5 s later SIGTERM, 2.5 s later it kills
 * (docs.github.com/actions/reference/workflows-and-actions/workflow-cancellation).
 * No new step begins; if the run does not stop by itself in time, it is ended with the report of what is known.
 */
export function watchSignals(log: Log): { aborted: () => boolean; cancelled: Promise<Failure> } {
  let aborted = false
  const cancelled = new Promise<Failure>((resolve) => {
    const stop = (signal: string, grace: number): void => {
      log.info(`${signal}: no new step is started; what runs on the nodes is left running.`)
      aborted = true
      setTimeout(() => resolve(cancelFailure(signal)), grace)
    }
    process.on('SIGINT', () => stop('SIGINT', 3000))
    process.on('SIGTERM', () => stop('SIGTERM', 500))
  })
  return { aborted: () => aborted, cancelled }
}

function cancelFailure(signal: string): Failure {
  return new Failure('cancelled', `The run was cancelled (${signal}).`, {
    next: 'Run the phase again: it looks at the nodes first and attaches to what still runs there.',
  })
}
