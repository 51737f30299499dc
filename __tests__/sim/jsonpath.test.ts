import { expect, test } from '@jest/globals'
import { jsonpath } from '../../lab/sim/jsonpath.ts'

const list = {
  items: [
    { metadata: { name: 'a', annotations: { 'x.io/y': '1' } }, spec: { on: true }, ports: [1, 2] },
    { metadata: { name: 'b' }, spec: {}, ports: [] },
  ],
}

test('fields, ranges, text, indices and dots in names come out as from kubectl', () => {
  expect(jsonpath('{.items[0].metadata.name}', list)).toBe('a')
  expect(jsonpath('{range .items[*]}{.metadata.name}{"\\t"}{.spec.on}{"\\n"}{end}', list)).toBe(
    'a\ttrue\nb\t\n',
  )
  expect(jsonpath('{.items[0].metadata.annotations.x\\.io/y} {.items[0].ports[1]}', list)).toBe('1 2')
  expect(jsonpath('{.items[*].metadata.name}', list)).toBe('a b')
})

test('maps and lists are JSON with sorted keys and escaped angle brackets, as Go writes it', () => {
  expect(jsonpath('{.a}', { a: { z: 1, b: ['<&>'] } })).toBe('{"b":["\\u003c\\u0026\\u003e"],"z":1}')
})

test('what it does not know is an error, not an answer', () => {
  expect(() => jsonpath('{.items[?(@.a=="b")]}', list)).toThrow()
  expect(() => jsonpath('{range .items[*]}', list)).toThrow()
})
