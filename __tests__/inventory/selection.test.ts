import { expect, test } from '@jest/globals'
import { parseNodeNames, selectNodes } from '../../src/inventory/selection.ts'
import { refusal } from '../versions/helpers.ts'

const nodes = [{ name: 'cp1' }, { name: 'w1' }, { name: 'w2' }]

test.each([
  ['w1 w2', ['w1', 'w2']],
  ['w1,w2', ['w1', 'w2']],
  [' w1,\n\tw2 ,', ['w1', 'w2']],
  ['["w1", "w2"]', ['w1', 'w2']],
  ['w1 w1', ['w1']],
])('%j names nodes', (text, names) => {
  expect(parseNodeNames(text)).toEqual({ names })
})

test('what names no node is refused: it must not mean all', () => {
  const problems = [',', '[]', '["w1", 2]', '["w1"', '[""]'].map((text) => {
    const parsed = parseNodeNames(text)
    return 'problem' in parsed ? parsed.problem : 'understood'
  })
  expect(problems.join('\n')).toMatchInlineSnapshot(`
   "got ",", which names no node; accepts names, or nothing at all for every node
   got "[]", which names no node; accepts names, or nothing at all for every node
   got "[\\"w1\\", 2]"; accepts a JSON list of names, such as ["w1", "w2"]
   got "[\\"w1\\""; accepts a JSON list of names, such as ["w1", "w2"]
   got "[\\"\\"]"; accepts a JSON list of names, such as ["w1", "w2"]"
  `)
})

test('a selection keeps the order of the inventory; none selects all', () => {
  expect(selectNodes(nodes, ['w2', 'cp1'])).toEqual([{ name: 'cp1' }, { name: 'w2' }])
  expect(selectNodes(nodes, undefined)).toEqual(nodes)
})

test('names that nobody knows are listed together', () => {
  expect(refusal(() => selectNodes(nodes, ['w1', 'w3', 'W2']))).toMatchInlineSnapshot(`
   "invalid-input: nodes: got "w3", "W2", which the inventory does not have; accepts cp1, w1, w2
   next: Correct the input nodes, or add the nodes to the inventory."
  `)
})
