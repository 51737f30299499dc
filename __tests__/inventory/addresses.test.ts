import { expect, test } from '@jest/globals'
import { isNodeName, parseHost, parseJump, parsePort, parseUser } from '../../src/inventory/addresses.ts'

test.each([
  ['cp1', 'cp1'],
  ['CP1.Example.', 'cp1.example.'],
  ['10.0.0.11', '10.0.0.11'],
  ['2001:DB8:0::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['10.0.0.300', undefined],
  ['10.0.0', undefined],
  ['[cp1]', undefined],
  ['-oProxyCommand=x', undefined],
  ['ops@cp1', undefined],
  ['cp1:22', undefined],
  ['a..b', undefined],
  ['a b', undefined],
  ['', undefined],
])('host %j is %s', (text, expected) => {
  expect(parseHost(text)).toBe(expected)
})

test.each([
  ['bastion', { user: undefined, host: 'bastion', port: 22 }],
  ['ops@bastion:2222', { user: 'ops', host: 'bastion', port: 2222 }],
  ['ops@[2001:db8::1]:2222', { user: 'ops', host: '2001:db8::1', port: 2222 }],
  ['[2001:db8::1]', { user: undefined, host: '2001:db8::1', port: 22 }],
  ['2001:db8::1', undefined],
  ['@bastion', undefined],
  ['a@b@c', undefined],
  ['bastion:', undefined],
  ['bastion:0', undefined],
  ['bastion:70000', undefined],
  ['-J', undefined],
])('jump host %j', (text, expected) => {
  expect(parseJump(text)).toEqual(expected)
})

test('users, ports and node names', () => {
  expect(['root', 'svc.upgrade', '-x', 'a b', 'a@b', ''].map(parseUser)).toEqual([
    'root',
    'svc.upgrade',
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(['1', '65535', '0', '65536', '22a', '-1', ''].map(parsePort)).toEqual([
    1,
    65535,
    ...Array<undefined>(5).fill(undefined),
  ])
  expect(['w1', 'w-1.example', 'W1', 'w_1', '-w', 'w.', ''].map(isNodeName)).toEqual([
    true,
    true,
    ...Array<boolean>(5).fill(false),
  ])
})
