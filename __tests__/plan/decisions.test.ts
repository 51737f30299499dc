import { expect, test } from '@jest/globals'
import { decisionsInWords, differences, digest, type Decisions } from '../../src/plan/decisions.ts'
import { expectedOf } from '../../src/plan/measured.ts'
import { policy } from './world.ts'

const approved: Decisions = {
  cluster: 'uid-1',
  target: 'v1.37.1',
  nodes: [
    { name: 'cp1', role: 'control-plane' },
    { name: 'w1', role: 'worker' },
    { name: 'w2', role: 'worker' },
  ],
  maxUnavailable: 1,
  policy: policy(),
}

test.each<[string, Partial<Decisions>, string[]]>([
  ['nothing', {}, []],
  ['the target', { target: 'v1.37.2' }, ['The target version: approved was v1.37.1, now it is v1.37.2.']],
  ['max-unavailable', { maxUnavailable: 3 }, ['max-unavailable: approved was 1, now it is 3.']],
  ['a new node', { nodes: [...approved.nodes, { name: 'w3', role: 'worker' }] }, ['New nodes: w3.']],
  ['a node that is gone', { nodes: approved.nodes.slice(0, 2) }, ['Nodes that are not there any more: w2.']],
  [
    'the order',
    { nodes: [approved.nodes[0], approved.nodes[2], approved.nodes[1]].flatMap((node) => node ?? []) },
    ['The order of the nodes: approved was cp1 w1 w2, now it is cp1 w2 w1.'],
  ],
  [
    'a role',
    { nodes: approved.nodes.map((node) => (node.name === 'w2' ? { ...node, role: 'control-plane' } : node)) },
    ['w2 was approved as worker and is control-plane now.'],
  ],
  [
    'the policy',
    {
      policy: policy({
        drain: { gracePeriod: '30s' },
        findings: { accept: [{ id: 'swap', reason: 'known' }] },
      }),
    },
    [
      'Policy drain.gracePeriod: approved was not set, now it is 30000.',
      'Policy findings.accept.0.id: approved was not set, now it is "swap".',
      'Policy findings.accept.0.reason: approved was not set, now it is "known".',
    ],
  ],
])('%s: the difference in words, and another digest', (name, change, words) => {
  const now = { ...approved, ...change }
  expect(differences(approved, now)).toEqual(words)
  expect(digest(now) === digest(approved)).toBe(name === 'nothing')
})

test('only the hash of the decision that differs is another one', () => {
  const before = decisionsInWords(approved)
  const after = decisionsInWords({ ...approved, maxUnavailable: 2 })
  const other = after.filter(({ hash }, at) => hash !== before[at]?.hash).map(({ name }) => name)
  expect(other).toEqual(['max-unavailable'])
})

test('the workers are expected to go as many at a time as may be out, after the canaries and their soak time', () => {
  const node = (role: 'control-plane' | 'worker', expectedSeconds: number) => ({ role, expectedSeconds })
  const workers = Array.from({ length: 10 }, () => node('worker', 20))
  const work = {
    nodes: [node('control-plane', 300), node('control-plane', 280), ...workers],
    maxUnavailable: 4,
    policy: policy({ workers: { canary: 2, soak: '1m' } }),
  }
  expect(expectedOf(work)).toEqual({ controlPlane: 580, workers: 2 * 20 + 60 + (8 * 20) / 4 })
})
