import { beforeAll, expect, test } from '@jest/globals'
import type { z } from 'zod'
import type { reportDocument } from '../../schemas/documents.ts'
import { planDocument } from '../../src/plan/plan.ts'
import type { Report } from '../../src/report/model.ts'
import { largePlan } from '../report/large-plan.ts'
import { problems, published } from '../report/published.ts'
import { reportOf, World } from './world.ts'

let world: World
beforeAll(() => {
  world = new World({ controlPlanes: 1, workers: 2 })
})

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
    const report = reportOf(await world.run(phase, inputs))
    expect(report.result).toBe(wanted)
    const { plan } = report
    expect({
      plan: plan === undefined ? 'none' : problems('plan', planDocument(plan)),
      report: problems('report', JSON.stringify(report)),
    }).toEqual({ plan: [], report: [] })
  },
)

// The compiler says here when the types and the schemas part.
test('what the types allow, the schemas allow', () => {
  const asWritten = (report: Report): z.input<typeof reportDocument> => report
  expect(problems('report', JSON.stringify(asWritten(largePlan(500))))).toEqual([])
})

test('the schemas refuse what is no plan', () => {
  expect(published('plan').safeParse({ schema: 1 }).success).toBe(false)
  expect(published('report').safeParse({ schema: 1, nodes: [{}] }).success).toBe(false)
})
