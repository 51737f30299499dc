import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { writeComment, type CommentEnding } from '../../src/action/plan-comment.ts'
import { commentMarker } from '../../src/report/comment.ts'
import { connected } from './connected.ts'
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

const markerOf = (cluster: string): string => commentMarker({ cluster, nodes: [] })
const marker = markerOf('one')

function write(body: string, mark = marker): Promise<CommentEnding> {
  const comment = { pullRequest: 7, marker: mark, body: `${mark}\n${body}` }
  return writeComment(connected(standIn).github, comment)
}

test('the comment is made, then updated', async () => {
  expect((await write('first')).said).toContain('The plan was put into the pull request: https://')
  expect((await write('second')).said).toContain('The plan was updated in the pull request: https://')
  expect(standIn.comments.map(({ body }) => body)).toEqual([`${marker}\nsecond`])
  expect(
    standIn.asked.map(({ route }) => route).filter((route) => /^(POST|PATCH) \/repos/.test(route)),
  ).toEqual([
    'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
    'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
  ])
})

test("somebody else's comment with our marker is left alone", async () => {
  const forged = standIn.addComment('mallory', `${marker}\n## plan\nPlan digest \`${'0'.repeat(64)}\``)
  const quoted = standIn.addComment('github-actions[bot]', `Look: ${marker}`)
  const before = [forged.body, quoted.body]
  await write('ours')
  expect([forged.body, quoted.body]).toEqual(before)
  expect(standIn.comments).toHaveLength(3)
})

test('the comment is found among hundreds', async () => {
  for (let at = 0; at < 230; at++) standIn.addComment('ann', `comment ${at}`)
  await write('first')
  await write('second')
  expect(standIn.comments).toHaveLength(231)
})

test('another cluster has a comment of its own', async () => {
  await write('one')
  await write('other', markerOf('other'))
  expect(standIn.comments).toHaveLength(2)
})

test.each([
  ['a token that may not write', 403, 'Resource not accessible by integration'],
  ['comments that are locked', 422, 'Validation Failed'],
  ['no such pull request', 404, 'Not Found'],
])('%s is told', async (_what, status, message) => {
  standIn.refuse(/^POST .*comments$/, { status, message })
  expect(await write('plan')).toMatchObject({
    written: false,
    said: expect.stringContaining(`could not be put into the pull request (HTTP ${status}: ${message})`),
  })
})
