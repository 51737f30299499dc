import { Failure, type FailureDetails } from '../failure.ts'
import type { Run } from './run.ts'
import { waitForControlPlane } from './wait.ts'

/** Times that machines may be started anew under one piece of work: after that it is no accident any more. */
const limit = 3

/** A job ended with its machine, which is up again. What it did is to be seen; the rest may be done again. */
export class LostToReboot extends Failure {
  /** The machine, and milliseconds of its own clock when the loss was seen. */
  readonly machine: { node: string; seenAt: number }

  constructor(message: string, details: FailureDetails, machine: { node: string; seenAt: number }) {
    super('connection-lost', message, details)
    this.machine = machine
  }
}

/**
 * Does something that looks first and then does what is missing, again whenever a reboot took a job of it away.
 * @param node name of the node that the work is about
 * @param action gets the last loss; undefined the first time
 * @throws {Failure} what `action` throws; the last loss, when there were too many
 */
export async function despiteReboots<T>(
  run: Run,
  node: string,
  action: (lost: LostToReboot | undefined) => Promise<T>,
): Promise<T> {
  let lost: LostToReboot | undefined
  for (let losses = 0; ; losses++) {
    try {
      return await action(lost)
    } catch (error) {
      if (!(error instanceof LostToReboot) || losses === limit) throw error
      lost = error
      run.log.info(`${error.message} It is up again: looking at what was done, and doing what is missing.`)
      await waitForControlPlane(run, node)
    }
  }
}
