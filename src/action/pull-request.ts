import * as core from '@actions/core'
import { commentMarker, planComment } from '../report/comment.ts'
import type { Report } from '../report/model.ts'
import { neutralise } from '../report/neutralise.ts'
import type { GitHub } from './github.ts'
import type { Inputs } from './inputs.ts'
import { redact } from './secrets.ts'
import { writeComment } from './plan-comment.ts'

/** Puts the plan into the pull request that the run was started by. Never fails the run: it says why it could not. */
export async function tellPullRequest(
  github: GitHub | undefined,
  { run, inventory }: Pick<Inputs, 'run' | 'inventory'>,
  report: Report,
): Promise<void> {
  const { pullRequest } = run
  // After a cancel there are seconds left, which belong to the summary.
  if (pullRequest === undefined || report.phase !== 'plan' || report.failure?.reason === 'cancelled') return
  const marker = commentMarker(inventory)
  const body = redact(planComment(report, marker, run.url))
  const { written, said } = await writeComment(github, { pullRequest: pullRequest.number, marker, body })
  if (written || pullRequest.untrusted) core.info(neutralise(said))
  else core.warning(neutralise(said))
}
