import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { decisionsOf, digest, type Decisions } from '../plan/decisions.ts'

// Below the folder of the run's files: `plan.json` of an earlier step of the same job, and where a workflow puts the plan
// of an earlier job that it kept as an artifact.
const places = ['approved/plan.json', 'plan.json']

const documentSchema = z.object({
  cluster: z.object({ uid: z.string() }),
  targetVersion: z.string(),
  nodes: z.array(z.object({ name: z.string(), role: z.string() })),
  maxUnavailable: z.number(),
  policy: z.unknown(),
})

/**
 * The decisions of the plan that was approved, from a plan document at hand. Only a document whose decisions have the
 * approved digest is taken, so it does not matter who put it there.
 */
export function readApproved(folder: string, approved: string): Decisions | undefined {
  return places
    .map((place) => readDecisions(join(folder, place)))
    .find((decisions) => decisions !== undefined && digest(decisions) === approved)
}

function readDecisions(file: string): Decisions | undefined {
  if (!existsSync(file)) return undefined
  try {
    const document = documentSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    return document.success ? decisionsOf(document.data) : undefined
  } catch {
    return undefined
  }
}
