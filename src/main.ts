import { join } from 'node:path'
import { actionLog } from './action/log.ts'
import { filesFolder, readRunnerInputs } from './action/runner.ts'
import { publish } from './action/outputs.ts'
import { saveLockJob } from './action/state.ts'
import { watchSignals } from './action/signals.ts'
import { connectorOf, runOf } from './action/world.ts'
import { systemClock } from './clock.ts'
import { asFailure } from './failure.ts'
import { runPhase } from './phases/index.ts'
import type { Phase } from './report/model.ts'
import { Recorder } from './report/recorder.ts'
import { reportOf } from './report/report.ts'

/** Reads the inputs, runs one phase, publishes the result. Whatever happens, there is a result. */
export async function main(): Promise<void> {
  const folder = filesFolder()
  const log = actionLog(join(folder, 'logs'))
  const recorder = new Recorder(systemClock)
  const signals = watchSignals(log)
  let phase: Phase = 'plan'
  let close = (): void => undefined
  let ending
  try {
    const inputs = readRunnerInputs()
    phase = inputs.phase
    const connector = connectorOf(inputs, log)
    close = () => connector.close()
    const run = runOf(inputs, { connector, recorder, log, aborted: signals.aborted })
    saveLockJob(run.lock.me.job)
    const phaseEnds = runPhase(run).finally(() => {
      if (run.unfinished.size === 0) saveLockJob('')
    })
    ending = await Promise.race([phaseEnds, signals.cancelled])
  } catch (error) {
    ending = asFailure(error)
  }
  log.flush()
  await publish(reportOf({ phase, recorder, ending, finishedAt: systemClock.now() }), folder)
  close()
  // Connections that don't close and waits that were left must not keep the step alive.
  process.exit()
}
