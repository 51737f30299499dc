import { Failure } from '../failure.ts'
import { selectNodes } from '../inventory/selection.ts'
import type { Result } from '../report/model.ts'
import { cleanupPhase } from './cleanup.ts'
import { controlPlanePhase } from './control-plane.ts'
import { discoverWorkers } from './discover.ts'
import { planPhase } from './plan.ts'
import { recoverPhase } from './recover.ts'
import type { Run } from './run.ts'
import { upgradePhase } from './upgrade.ts'
import { verifyPhase } from './verify.ts'
import { workersPhase } from './workers.ts'

/*
 * Start reading here. One file a phase, each readable top to bottom as the procedure an operator would write on a
 * whiteboard; prepare.ts is what all begin with, upgrade-node.ts what is done to one node, node-steps.ts each step.
 */

const phases: Partial<Record<Run['phase'], (run: Run) => Promise<Result>>> = {
  plan: planPhase,
  'control-plane': controlPlanePhase,
  workers: workersPhase,
  verify: verifyPhase,
  upgrade: upgradePhase,
  cleanup: cleanupPhase,
  recover: recoverPhase,
}

/** Runs the phase that was asked for. @throws {Failure} */
export async function runPhase(run: Run): Promise<Result> {
  const phase = phases[run.phase]
  if (phase === undefined) {
    throw new Failure('invalid-input', `The phase ${run.phase} is not in this release.`, {
      next: `Phases of this release: ${Object.keys(phases).join(', ')}.`,
    })
  }
  // Recovery works without an API server, and without the workers that only it knows.
  const discovered = await discoverWorkers(run).catch((error: unknown) => {
    if (run.phase !== 'recover') throw error
    return run
  })
  // Names of discovered workers are known only now; a misspelt one must not end as "nothing to do".
  selectNodes(discovered.inventory.nodes, discovered.selection)
  try {
    return await phase(discovered)
  } finally {
    // With a job that may still run on a node the lock stays; the next run takes it over when that has ended.
    if (run.unfinished.size === 0) await run.lock.release()
  }
}
