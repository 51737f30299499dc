import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { fingerprint } from '../../lab/sim/fingerprint.ts'
import type { EnvironmentOptions } from '../github/objects.ts'
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

const kinds: readonly (readonly [string, EnvironmentOptions, string[]])[] = [
  ['reviewers, no self-review, own branches', { adminsMayBypass: false }, []],
  ['no required reviewers', { reviewers: 0 }, ['environment-no-reviewers']],
  ['a wait timer only', { reviewers: 0, others: ['wait_timer'] }, ['environment-no-reviewers']],
  ['self-review allowed', { preventSelfReview: false }, ['environment-self-review']],
  ['administrators may bypass', { adminsMayBypass: true }, ['environment-admins-bypass']],
  ['any branch', { branchesLimited: false }, ['environment-any-branch']],
  [
    'nothing at all',
    { reviewers: 0, branchesLimited: false, adminsMayBypass: true },
    ['environment-no-reviewers', 'environment-admins-bypass', 'environment-any-branch'],
  ],
]

test.each(kinds)('an environment with %s', async (_what, options, ids) => {
  github.environment('prod', options)
  const result = await run()
  expect(result.outputs).toMatchObject({ result: 'planned', 'failure-reason': '' })
  expect(findingsIn(result)).toEqual(ids)
})

test("a rule of an app is named beside the reviewers' absence", async () => {
  github.environment('prod', { reviewers: 0, others: ['change-calendar'] })
  const result = await run()
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

test('an environment that does not exist is told apart from one that must not be read', async () => {
  github.environment('staging')
  expect(findingsIn(await run())).toEqual(['environment-missing'])
  github.refuse(/environments/, { status: 404, message: 'Not Found' })
  const result = await run()
  expect(findingsIn(result)).toEqual(['environment-unreadable'])
  expect(result.summary).toContain('could not be read: HTTP 404: Not Found')
})

test('a token without the permission is told as that, not as not protected', async () => {
  github.refuse(/environments/, { status: 403, message: 'Resource not accessible by integration' })
  const result = await run()
  expect(findingsIn(result)).toEqual(['environment-unreadable'])
  expect(result.summary).toContain('HTTP 403: Resource not accessible by integration')
  expect(github.asked).toHaveLength(1)
})

test('a server error that passes is not seen', async () => {
  github.environment('prod')
  github.refuse(/environments/, { status: 502, times: 2 })
  const result = await run()
  expect(findingsIn(result)).toEqual([])
  expect(result.log).toMatch(/GitHub: HTTP 502.* Trying again in 1 s\./)
})

test('a server error that stays is said; with approval.required it blocks', async () => {
  github.refuse(/environments/, { status: 503, message: 'Unavailable' })
  const result = await run('plan', required)
  expect(result.outputs['failure-reason']).toBe('precondition-failed')
  expect(errorsOf(result)[0]).toContain('could not be read: HTTP 503: Unavailable')
  expect(github.asked).toHaveLength(3)
})

test('a rate limit that ends soon is waited for; one that does not is said', async () => {
  github.environment('prod')
  github.refuse(/environments/, { status: 429, headers: { 'retry-after': '1' }, times: 1 })
  expect(findingsIn(await run())).toEqual([])

  const reset = String(Math.floor(Date.now() / 1000) + 1800)
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
  github.refuse(/environments/, { status: 403, message: 'API rate limit exceeded', headers })
  const result = await run()
  expect(findingsIn(result)).toEqual(['environment-unreadable'])
  expect(result.summary).toMatch(/HTTP 403, rate limit until \d\d:\d\d:\d\d UTC/)
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
