import { expect, test } from '@jest/globals'
import { formatLease, noLease, parseLease } from '../../src/cluster/lease.ts'
import {
  heldSlots,
  isOpen,
  left,
  Observer,
  slotFor,
  taken,
  type Identity,
} from '../../src/cluster/lease-rules.ts'

const time = '2026-01-05T08:00:00.000000Z'
const job = (name: string, holder = 'o/r/1/1/workers'): Identity => ({
  holder,
  job: name,
  runUrl: 'https://example.com/runs/1',
  actor: 'ann',
  phase: 'workers',
  duration: 60,
})
const own = (...slots: string[]) => ({ beat: 1, slots })
const alive = () => false

test('a Lease that is written is read as it was', () => {
  const state = taken(noLease, job('a'), own('w1'), time)
  expect(parseLease(formatLease(state, Date.parse(time)))).toEqual(state)
  expect(parseLease('')).toEqual(noLease)
})

test('jobs of one workflow run share the lock, and the last one frees it', () => {
  const first = taken(noLease, job('a'), own('w1'), time)
  expect(isOpen(first, job('b'))).toBe(true)
  expect(isOpen(first, job('c', 'o/r/2/1/workers'))).toBe(false)
  const both = taken(first, job('b'), own('w2'), time)
  expect(heldSlots(both, alive)).toEqual(['w1', 'w2'])
  const one = left(both, job('a'), alive)
  expect(one.holder).toBe(job('b').holder)
  expect(left(one, job('b'), alive).holder).toBe('')
})

test('a slot of a dead job returns, and it does not keep the lock', () => {
  const both = taken(taken(noLease, job('a'), own('w1'), time), job('b'), own('w2'), time)
  const isDead = (name: string) => name === 'a'
  expect(heldSlots(both, isDead)).toEqual(['w2'])
  expect(left(both, job('b'), isDead).holder).toBe('')
})

test('the failure budget outlives the release for the same workflow run, and starts anew for another', () => {
  const held = taken(noLease, job('a'), own(), time)
  const failed = { ...held, failed: { ...held.failed, nodes: ['w1'] } }
  const free = left(failed, job('a'), alive)
  expect(taken(free, job('b'), own(), time).failed.nodes).toEqual(['w1'])
  expect(taken(free, job('c', 'o/r/1/2/workers'), own(), time).failed.nodes).toEqual([])
})

test('a lock that is taken over keeps nothing of the jobs before', () => {
  const before = taken(noLease, job('a'), own('w1'), time)
  const after = taken(before, job('c', 'o/r/2/1/workers'), own(), '2026-01-05T09:00:00.000000Z')
  expect(Object.keys(after.jobs)).toEqual(['c'])
  expect(after).toMatchObject({ transitions: 2, acquired: '2026-01-05T09:00:00.000000Z' })
})

test.each([
  ['a worker that is out already', 'w1', { max: 1, out: ['w1'], held: [] }, 'take'],
  ['the first one', 'w1', { max: 1, out: [], held: [] }, 'take'],
  ['a second one beside one in work', 'w2', { max: 1, out: [], held: ['w1'] }, 'wait'],
  ['one in work that is out counts once', 'w2', { max: 2, out: ['w1'], held: ['w1'] }, 'take'],
  ['one that nobody brings back', 'w2', { max: 1, out: ['w1'], held: [] }, 'full'],
  ['one out for good and one in work', 'w3', { max: 2, out: ['w1'], held: ['w2'] }, 'wait'],
])('max-unavailable: %s', (_title, node, facts, expected) => {
  expect(slotFor(node, facts)).toBe(expected)
})

test('expiry is by the clock of the observer: a change starts it again', () => {
  const observer = new Observer()
  expect(observer.unchangedFor('lease', '7', 1000)).toBe(0)
  expect(observer.unchangedFor('lease', '7', 61_001)).toBe(60_001)
  expect(observer.unchangedFor('lease', '8', 61_002)).toBe(0)
})
