import { expect, test } from '@jest/globals'
import { findOperation, wrongAnswer, wrongRequest, type Known } from './description.ts'
import { commentOf } from './objects.ts'

function known(method: string, path: string): Known {
  const found = findOperation(method, path)
  if (found === undefined) throw new Error('unknown')
  return found
}
const none = new URLSearchParams()

test("what is not in GitHub's description of its API is noticed: operations, parameters, bodies, answers", () => {
  expect(findOperation('GET', '/repos/o/r/environment')).toBeUndefined()
  expect(findOperation('DELETE', '/repos/o/r/issues/comments/1')).toBeUndefined()

  const list = known('GET', '/repos/o/r/issues/7/comments')
  expect(wrongRequest(list, new URLSearchParams('per_page=100&page=2'), undefined)).toEqual([])
  expect(wrongRequest(list, new URLSearchParams('perPage=100'), undefined)).toEqual([
    'there is no parameter perPage',
  ])
  expect(wrongRequest(known('GET', '/repos/o/r/issues/x/comments'), none, undefined)).toHaveLength(1)

  const create = known('POST', '/repos/o/r/issues/7/comments')
  expect(wrongRequest(create, none, { body: 'text' })).toEqual([])
  expect(wrongRequest(create, none, { text: 'text' })).toEqual([" must have required property 'body'"])

  const comment = commentOf('o/r', { id: 1, login: 'ann', body: 'text' })
  expect(wrongAnswer(create, 201, comment)).toEqual([])
  expect(wrongAnswer(create, 201, { ...comment, id: 'one' })).toEqual(['/id must be integer'])
  expect(wrongAnswer(list, 200, [{ ...comment, user: { login: 'ann' } }])).not.toEqual([])
  expect(wrongAnswer(create, 200, comment)).toEqual(['it never answers 200'])
})
