import { join } from 'node:path'
import { connectGitHub, type GitHub } from './action/github.ts'
import { actionLog } from './action/log.ts'
import { publish } from './action/outputs.ts'
import { tellPullRequest } from './action/pull-request.ts'
import { filesFolder, readRunnerInputs } from './action/runner.ts'
import type { Inputs } from './action/inputs.ts'
import { redactReport } from './action/secrets.ts'
import { saveLockJob, saveSecretsFolder } from './action/state.ts'
import { watchSignals } from './action/signals.ts'
import { connectorOf, runOf } from './action/world.ts'
import { systemClock } from './clock.ts'
import { asFailure } from './failure.ts'
import { runPhase } from './phases/index.ts'
import { offlinePlan } from './phases/offline.ts'
import { Recorder } from './report/recorder.ts'
import { reportOf } from './report/report.ts'

/** Reads the inputs, runs one phase, publishes the result. Whatever happens, there is a result. */
export async function main(): Promise<void> {
  const folder = filesFolder()
  const log = actionLog(join(folder, 'logs'))
  const recorder = new Recorder(systemClock)
  const signals = watchSignals(log)
  let inputs: Inputs | undefined
  let github: GitHub | undefined
  let close = (): void => undefined
  let ending
  try {
    inputs = readRunnerInputs()
    const { githubToken: token, run: facts, ssh, version: request } = inputs
    github = connectGitHub({ token, run: facts, clock: systemClock, info: (line) => log.info(line) })
    if (ssh === undefined) ending = offlinePlan({ ...inputs, request, recorder })
    else {
      const connector = connectorOf(inputs, log)
      close = () => connector.close()
      if (connector.folder !== undefined) saveSecretsFolder(connector.folder)
      const run = runOf(inputs, { connector, recorder, log, github, aborted: signals.aborted })
      saveLockJob(run.lock.me.job)
      const phaseEnds = runPhase(run).finally(() => {
        if (run.unfinished.size === 0) saveLockJob('')
      })
      ending = await Promise.race([phaseEnds, signals.cancelled])
    }
  } catch (error) {
    ending = asFailure(error)
  }
  log.flush()
  const phase = inputs?.phase ?? 'plan'
  const report = redactReport(reportOf({ phase, recorder, ending, finishedAt: systemClock.now() }))
  await publish(report, folder, inputs?.run.url)
  if (inputs !== undefined) await tellPullRequest(github, inputs, report)
  close()
  // Connections that don't close and waits that were left must not keep the step alive.
  process.exit()
}
