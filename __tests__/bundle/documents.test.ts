import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { z } from 'zod'
import type { reportDocument } from '../../schemas/documents.ts'
import type { Report } from '../../src/report/model.ts'
import { largePlan } from '../report/large-plan.ts'
import { errorsOf, World, type ActionResult } from './run-action.ts'

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 2 })
})
afterAll(() => world.end())

/** A published schema, as somebody else would use it. */
function published(name: string): z.ZodType {
  const text = readFileSync(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8')
  return z.fromJSONSchema(JSON.parse(text) as Parameters<typeof z.fromJSONSchema>[0])
}

/** What the schema has against a document that a run wrote. */
function problems(name: 'plan' | 'report', result: ActionResult): unknown[] {
  const document: unknown = JSON.parse(readFileSync(result.outputs[name] ?? '', 'utf8'))
  return published(name).safeParse(document).error?.issues ?? []
}

// In order: what a cluster goes through.
test.each([
  ['plan', {}, 'planned'],
  ['workers', { 'dry-run': 'true' }, 'planned'],
  ['plan', { policy: "findings:\n  accept: [{id: etcd-hop, reason: 'known'}]" }, 'planned'],
  ['control-plane', { 'plan-digest': '0'.repeat(64) }, 'blocked'],
  ['upgrade', {}, 'upgraded'],
  ['verify', {}, 'unchanged'],
])(
  'plan and report of the phase %s with %j are as their published schemas say',
  async (phase, inputs, wanted) => {
    const result = await world.run(phase, inputs)
    expect({
      errors: wanted === 'blocked' ? [] : errorsOf(result),
      result: result.outputs['result'],
    }).toEqual({
      errors: [],
      result: wanted,
    })
    expect({ plan: problems('plan', result), report: problems('report', result) }).toEqual({
      plan: [],
      report: [],
    })
  },
  180_000,
)

// The compiler says here when the types and the schemas part.
test('what the types allow, the schemas allow', () => {
  const asWritten = (report: Report): z.input<typeof reportDocument> => report
  const text = JSON.stringify(asWritten(largePlan(500)))
  expect(published('report').safeParse(JSON.parse(text)).error?.issues ?? []).toEqual([])
})

test('the schemas refuse what is no plan', () => {
  expect(published('plan').safeParse({ schema: 1 }).success).toBe(false)
  expect(published('report').safeParse({ schema: 1, nodes: [{}] }).success).toBe(false)
})
