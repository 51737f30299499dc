import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { readApproval } from '../../src/action/environment.ts'
import { approvalFindings } from '../../src/plan/findings/approval.ts'
import { policy } from '../plan/world.ts'
import { connected } from './connected.ts'
import type { EnvironmentOptions } from './objects.ts'
import { GitHubStandIn } from './stand-in.ts'

let standIn: GitHubStandIn
beforeAll(async () => {
  standIn = await GitHubStandIn.start()
})
afterAll(() => standIn.stop())
afterEach(() => {
  expect(standIn.violations).toEqual([])
  standIn.reset()
})

/** What the plan says of the environment `prod`: ids of findings with what was seen, and how GitHub was asked. */
async function look() {
  const { github, told, waits } = connected(standIn)
  const found = approvalFindings(await readApproval(github, 'prod'), policy())
  return { ids: found.map(({ id }) => id), seen: found.map((one) => one.seen).join('\n'), told, waits }
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
  standIn.environment('prod', options)
  expect((await look()).ids).toEqual(ids)
})

test("a rule of an app is named beside the reviewers' absence", async () => {
  standIn.environment('prod', { reviewers: 0, others: ['change-calendar'] })
  expect((await look()).seen).toContain('asks nobody for an approval (it has other rules: change-calendar)')
})

test('an environment that does not exist is told apart from one that must not be read', async () => {
  standIn.environment('staging')
  expect((await look()).ids).toEqual(['environment-missing'])
  standIn.refuse(/environments/, { status: 404, message: 'Not Found' })
  const { ids, seen } = await look()
  expect(ids).toEqual(['environment-unreadable'])
  expect(seen).toContain('could not be read: HTTP 404: Not Found')
})

test('a token without the permission is told as that, not as not protected', async () => {
  standIn.refuse(/environments/, { status: 403, message: 'Resource not accessible by integration' })
  const { ids, seen } = await look()
  expect(ids).toEqual(['environment-unreadable'])
  expect(seen).toContain('HTTP 403: Resource not accessible by integration')
  expect(standIn.asked).toHaveLength(1)
})

test('a server error that passes is not seen', async () => {
  standIn.environment('prod')
  standIn.refuse(/environments/, { status: 502, times: 2 })
  const { ids, told, waits } = await look()
  expect(ids).toEqual([])
  expect(told[0]).toMatch(/^GitHub: HTTP 502.* Trying again in 1 s\.$/)
  expect(waits).toEqual([1000, 3000])
})

test('a server error that stays is said', async () => {
  standIn.refuse(/environments/, { status: 503, message: 'Unavailable' })
  expect((await look()).seen).toContain('could not be read: HTTP 503: Unavailable')
  expect(standIn.asked).toHaveLength(3)
})

test('a rate limit that ends soon is waited for; one that does not is said', async () => {
  standIn.environment('prod')
  standIn.refuse(/environments/, { status: 429, headers: { 'retry-after': '7' }, times: 1 })
  expect(await look()).toMatchObject({ ids: [], waits: [7000] })

  const reset = String(Math.floor(Date.now() / 1000) + 1800)
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }
  standIn.refuse(/environments/, { status: 403, message: 'API rate limit exceeded', headers })
  const { ids, seen, waits } = await look()
  expect(ids).toEqual(['environment-unreadable'])
  expect(seen).toMatch(/HTTP 403, rate limit until \d\d:\d\d:\d\d UTC/)
  expect(waits).toEqual([])
})
