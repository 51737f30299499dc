import { Failure } from '../failure.ts'
import { decisionsInWords, decisionsOf, differences, type Decided, type Decisions } from './decisions.ts'

/**
 * The failure of a later phase whose plan is not the approved one: what differs, in words where the approved decisions are
 * known; else every decision with its own hash, as the summary of the approved plan has them too.
 */
export function planChanged(
  digest: string,
  plan: Decided & { digest: string },
  approved: Decisions | undefined,
): Failure {
  const now = decisionsOf(plan)
  const words = approved === undefined ? [] : differences(approved, now)
  const known = words.length > 0
  const table = decisionsInWords(now).map(({ name, words, hash }) => `${hash}  ${name}: ${words}`)
  const seen = [`approved: ${digest}`, `now:      ${plan.digest}`, ...(known ? words : table)]
  return new Failure(
    'plan-changed',
    ['The plan computed now is not the one that was approved.', ...words.slice(0, 5)].join(' '),
    {
      seen: seen.join('\n'),
      next: known
        ? 'Put it back, or run the plan again, read it, and approve the new digest.'
        : 'Compare with "What the digest is of" in the summary of the approved plan: the decision with another hash is the one that differs. Put it back, or run the plan again, read it, and approve the new digest.',
    },
  )
}
