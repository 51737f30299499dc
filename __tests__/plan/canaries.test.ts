import { expect, test } from '@jest/globals'
import { canariesOf } from '../../src/plan/window.ts'
import type { Plan } from '../../src/plan/plan.ts'

function plan(canary: number): Pick<Plan, 'nodes' | 'policy'> {
  const nodes = ['cp1', 'w2', 'w1', 'w3'].map((name) => ({
    name,
    role: name.startsWith('cp') ? 'control-plane' : 'worker',
  }))
  return { nodes, policy: { workers: { canary } } } as unknown as Plan
}

test("canaries are the first workers of the plan's order, so that every job of a matrix names the same ones", () => {
  expect(canariesOf(plan(2))).toEqual(['w2', 'w1'])
})

test('without the policy nobody is a canary', () => {
  expect(canariesOf(plan(0))).toEqual([])
})
