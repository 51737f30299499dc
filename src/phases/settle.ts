import type { Observed } from '../plan/observed.ts'
import { startingProblems } from '../plan/health.ts'
import { asFailure, Failure } from '../failure.ts'
import { look, lookAfterRunningJobs } from './look.ts'
import type { Run } from './run.ts'

/** Milliseconds between looks at a control plane that is starting. */
const interval = 2000

/**
 * The look of a phase that changes nodes. After a reboot, or a run that was interrupted, API servers and etcd members
 * may still be starting: they are given `timeouts.controlPlaneHealthy` before anything is judged. What does not pass by
 * itself is not waited for, and what is still so at the end is left to the findings.
 * @param nodes names of the nodes that the phase is about
 * @param asked control plane nodes whose API server and etcd member are asked too
 * @throws {Failure} as `look`
 */
export async function lookWhenSettled(
  run: Run,
  nodes: readonly string[],
  asked: readonly string[],
): Promise<Observed> {
  const until = run.clock.now() + run.policy.timeouts.controlPlaneHealthy
  const over = (): boolean => run.clock.now() >= until || run.aborted()
  for (;;) {
    const seen = await attempt(() => lookAfterRunningJobs(run, nodes, asked))
    if (problemsOf(seen).length === 0 || over()) return settled(seen)
    await waitForStart(run, seen, asked, over)
  }
}

/** Asks the control plane alone until nothing is starting any more. */
async function waitForStart(
  run: Run,
  first: Observed | Failure,
  asked: readonly string[],
  over: () => boolean,
): Promise<void> {
  let told = ''
  for (let seen = first; ; seen = await attempt(() => look(run, [], asked))) {
    const problems = problemsOf(seen)
    if (problems.length === 0 || over()) return
    const text = problems.join('; ')
    if (text !== told) run.log.info(`The control plane may still be starting; waiting for it: ${text}`)
    told = text
    await run.clock.sleep(interval)
  }
}

/** While no API server answers there is nothing to look at. */
async function attempt(action: () => Promise<Observed>): Promise<Observed | Failure> {
  try {
    return await action()
  } catch (error) {
    const failure = asFailure(error)
    if (failure.reason !== 'control-plane-unhealthy') throw failure
    return failure
  }
}

function problemsOf(seen: Observed | Failure): string[] {
  return seen instanceof Failure ? [seen.message] : startingProblems(seen.health)
}

function settled(seen: Observed | Failure): Observed {
  if (seen instanceof Failure) throw seen
  return seen
}
