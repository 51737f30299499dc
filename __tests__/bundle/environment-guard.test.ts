import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { fingerprint } from '../../lab/sim/fingerprint.ts'
import { GitHubStandIn } from '../github/stand-in.ts'
import { runOnGitHub } from './github-world.ts'
import { errorsOf, World, type ActionResult, type Inputs } from './run-action.ts'

const required: Inputs = { policy: 'approval: {required: true}\ntimeouts: {settle: 0s, lock: 4s}\n' }

let world: World
let github: GitHubStandIn
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 1 })
  github = await GitHubStandIn.start()
})
afterAll(async () => {
  await world.end()
  await github.stop()
})
afterEach(() => {
  expect(github.violations).toEqual([])
  github.reset()
})

const run = (phase = 'plan', inputs: Inputs = {}): Promise<ActionResult> =>
  runOnGitHub(world, github, phase, { environment: 'prod' }, inputs)

/** The ids of findings about the environment that the summary shows. */
function findingsIn({ summary }: ActionResult): string[] {
  return [...summary.matchAll(/^\| .* \| `(environment-[\w-]+)` \|$/gm)].map(([, id = '']) => id)
}

// What is read of an environment is told in ../github; here is what a run does about it.
test('an environment that asks nobody is a warning of the plan', async () => {
  github.environment('prod', { reviewers: 0, others: ['change-calendar'] })
  const result = await run()
  expect(result.outputs).toMatchObject({ result: 'planned', 'failure-reason': '' })
  expect(findingsIn(result)).toEqual(['environment-no-reviewers'])
  expect(result.summary).toContain('asks nobody for an approval (it has other rules: change-calendar)')
})

test('with approval.required the control plane is not touched without reviewers', async () => {
  github.environment('prod', { reviewers: 0 })
  const before = fingerprint(world.simulation)
  const result = await run('control-plane', required)
  expect(result.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'precondition-failed' })
  expect(errorsOf(result)[0]).toMatch(/The environment prod asks nobody.*\nNext: Add required reviewers/s)
  expect(fingerprint(world.simulation)).toEqual(before)
})

test('with approval.required a finding can be accepted by its id', async () => {
  github.environment('prod', { preventSelfReview: false })
  const accept = 'findings: {accept: [{id: environment-self-review, reason: a team of one}]}\n'
  const result = await run('plan', { policy: `${required['policy'] ?? ''}${accept}` })
  expect(result.outputs['result']).toBe('planned')
  expect(result.summary).toMatch(/`environment-self-review`.*\| a team of one \|/)
})

test('with approval.required rules that cannot be read block', async () => {
  github.refuse(/environments/, { status: 403, message: 'Resource not accessible by integration' })
  const result = await run('plan', required)
  expect(result.outputs['failure-reason']).toBe('precondition-failed')
  expect(errorsOf(result)[0]).toContain('could not be read: HTTP 403: Resource not accessible by integration')
})

test('a policy that requires an approval is not satisfied by a workflow that names no environment', async () => {
  const unnamed = await runOnGitHub(world, github, 'plan', {}, required)
  expect(unnamed.outputs).toMatchObject({ result: 'blocked', 'failure-reason': 'precondition-failed' })
  expect(findingsIn(unnamed)).toEqual(['environment-unnamed'])
  // Without the policy nothing is asked and nothing said.
  const free = await runOnGitHub(world, github, 'plan', {})
  expect(findingsIn(free)).toEqual([])
  expect(github.asked).toEqual([])
})

test('the workers do not ask: they carry the digest that was approved', async () => {
  github.environment('prod', { reviewers: 0 })
  const result = await run('workers')
  expect(result.outputs['failure-reason']).toBe('precondition-failed') // the control plane comes first
  expect(github.asked).toEqual([])
})
