import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { decisionsOf, digest, type Decisions } from '../plan/decisions.ts'

// Below the folder of the run's files: `plan.json` of an earlier step of the same job, and where a workflow puts the plan
// of an earlier job that it kept as an artifact.
const places = ['approved/plan.json', 'plan.json']

/** What the approved plan decided, and the hops that it showed, of which the digest says nothing. */
export interface Approved {
  readonly decisions: Decisions
  readonly hops: readonly { readonly to: string }[]
}

const documentSchema = z.object({
  cluster: z.object({ uid: z.string() }),
  targetVersion: z.string(),
  nodes: z.array(z.object({ name: z.string(), role: z.string() })),
  maxUnavailable: z.number(),
  policy: z.unknown(),
  hops: z.array(z.object({ to: z.string() })).default([]),
})

/**
 * The plan that was approved, from a plan document at hand. Only a document whose decisions have the
 * approved digest is taken, so it does not matter who put it there.
 */
export function readApproved(folder: string, approved: string): Approved | undefined {
  return places
    .map((place) => readPlan(join(folder, place)))
    .find((plan) => plan !== undefined && digest(plan.decisions) === approved)
}

function readPlan(file: string): Approved | undefined {
  if (!existsSync(file)) return undefined
  try {
    const document = documentSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    return document.success ? { decisions: decisionsOf(document.data), hops: document.data.hops } : undefined
  } catch {
    return undefined
  }
}
