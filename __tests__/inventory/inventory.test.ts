import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseInventory } from '../../src/inventory/inventory.ts'
import type { Inventory, SshOverrides } from '../../src/inventory/inventory.ts'
import { formatProblem } from '../../src/inventory/problems.ts'

/** The inventory of a text that has no mistake. */
function read(text: string, overrides?: SshOverrides): Inventory {
  const { value, problems } = parseInventory(text, overrides)
  if (value === undefined) throw new Error(problems.map(formatProblem).join('\n'))
  return value
}

/** All mistakes of a text, as a person reads them. */
function mistakes(text: string): string {
  const { value, problems } = parseInventory(text)
  expect(value === undefined).toBe(problems.length > 0)
  return problems.map(formatProblem).join('\n')
}

const small = `cluster: prod-eu
ssh: {user: ubuntu, jump: [ops@bastion.example]}
nodes:
  - {name: cp1, host: 10.0.0.11, role: control-plane}
  - {name: w1, host: 10.0.0.21, role: worker, group: storage}
`

test('the documented example is read', () => {
  expect(read(small)).toEqual({
    cluster: 'prod-eu',
    discoverWorkers: false,
    sshDefaults: { port: 22, user: 'ubuntu', jump: [{ user: 'ops', host: 'bastion.example', port: 22 }] },
    policy: {},
    unreadFiles: [],
    nodes: [
      {
        name: 'cp1',
        role: 'control-plane',
        groups: [],
        ssh: {
          host: '10.0.0.11',
          port: 22,
          user: 'ubuntu',
          jump: [{ user: 'ops', host: 'bastion.example', port: 22 }],
        },
      },
      {
        name: 'w1',
        role: 'worker',
        groups: ['storage'],
        ssh: {
          host: '10.0.0.21',
          port: 22,
          user: 'ubuntu',
          jump: [{ user: 'ops', host: 'bastion.example', port: 22 }],
        },
      },
    ],
  })
})

test('a worker may run Windows, a control plane node may not', () => {
  const windows = small.replace('group: storage', 'os: windows')
  expect(read(windows).nodes.map(({ os }) => os)).toEqual([undefined, 'windows'])
  expect(mistakes(small.replace('control-plane}', 'control-plane, os: windows}'))).toContain(
    'got windows; accepts linux for a control plane node',
  )
})

test('a node wins over the top level, an input over both', () => {
  const text = `
ssh: {user: ubuntu, port: 2222, jump: [bastion]}
nodes:
  - {name: cp1, host: "2001:DB8::0011", role: control-plane, user: root, port: 22, jump: []}
  - {name: w1, host: "[2001:db8::21]", role: worker}
`
  expect(read(text).nodes.map(({ ssh }) => ssh)).toEqual([
    { host: '2001:db8::11', port: 22, user: 'root', jump: [] },
    {
      host: '2001:db8::21',
      port: 2222,
      user: 'ubuntu',
      jump: [{ user: undefined, host: 'bastion', port: 22 }],
    },
  ])
  const overridden = read(text, { user: 'ci', port: 22022, jump: [] })
  expect(overridden.nodes.map(({ ssh }) => ssh)).toEqual([
    { host: '2001:db8::11', port: 22022, user: 'ci', jump: [] },
    { host: '2001:db8::21', port: 22022, user: 'ci', jump: [] },
  ])
})

test('anchors, aliases and merge keys work', () => {
  const { nodes } = read(`
ssh: {jump: &bastions [ops@b1, "ops@[2001:db8::1]:2222"]}
nodes:
  - &cp {name: cp1, host: h1, role: control-plane}
  - {<<: *cp, name: cp2, host: h2, jump: *bastions}
`)
  expect(nodes.map(({ name, role, ssh }) => [name, role, ssh.jump.length])).toEqual([
    ['cp1', 'control-plane', 2],
    ['cp2', 'control-plane', 2],
  ])
})

test('a control plane is enough when the workers are discovered, and its policy stays as it was written', () => {
  const inventory = read(
    'discover: workers\npolicy: {drain: {timeout: 5m}}\nnodes: [{name: cp1, host: h, role: control-plane}]\n',
  )
  expect(inventory.discoverWorkers).toBe(true)
  expect(inventory.policy).toEqual({ drain: { timeout: '5m' } })
})

test('one address twice is fine behind different jump hosts', () => {
  const text = `
nodes:
  - {name: cp1, host: 10.0.0.1, role: control-plane, jump: [a]}
  - {name: cp2, host: 10.0.0.1, role: control-plane, jump: [b]}
`
  expect(mistakes(text)).toBe('')
})

describe('mistakes', () => {
  test('all at once, each with its line', () => {
    const text = `cluster: 7
clster: prod
ssh:
  user: "root admin"
  port: 70000
  jump: ops@bastion
discover: all
nodes:
  - {name: cp1, host: 10.0.0.11, role: master}
  - name: CP_2
    host: ops@10.0.0.12
    role: control-plane
    prot: 22
  - {name: w1, host: 10.0.0.21, role: worker, port: "22"}
  - {name: w1, host: 10.0.0.21, role: worker, port: 22}
  - {host: 10.0.0.300, role: worker, jump: ["a b"]}
  - w3
policy:
  drain:
    timout: 5m
    onBlocked: maybe
  workers: {canary: -1}
`
    expect(mistakes(text)).toMatchInlineSnapshot(`
     "line 1, cluster: got the number 7; accepts a name for the cluster
     line 2, clster: unknown key "clster"; did you mean "cluster"?
     line 4, ssh.user: got "root admin"; accepts the name of a user, such as root or ubuntu
     line 5, ssh.port: got the number 70000; accepts a port from 1 to 65535
     line 6, ssh.jump: got "ops@bastion"; accepts a list of jump hosts, each user@host:port
     line 7, discover: got "all"; accepts workers
     line 9, nodes[0].role: got "master"; accepts control-plane or worker
     line 10, nodes[1].name: got "CP_2"; accepts the name of the Node object: lower case letters, digits, dashes and dots
     line 11, nodes[1].host: got "ops@10.0.0.12"; accepts a DNS name, an IPv4 or an IPv6 address, without user and port
     line 13, nodes[1].prot: unknown key "prot"; accepts name, host, role, os, group, port, user, jump
     line 14, nodes[2].port: got "22"; accepts a port from 1 to 65535
     line 15, nodes[3].name: the name "w1" stands in line 14 (nodes[2]) already
     line 16, nodes[4].name: is missing; accepts the name of the Node object: lower case letters, digits, dashes and dots
     line 16, nodes[4].host: got "10.0.0.300"; accepts a DNS name, an IPv4 or an IPv6 address, without user and port
     line 16, nodes[4].jump[0]: got "a b"; accepts host, user@host or user@host:port, an IPv6 address in brackets
     line 17, nodes[5]: got "w3"; accepts a mapping with name, host, role, os, group, port, user, jump
     line 20, policy.drain.timout: unknown key "timout"; did you mean "timeout"?
     line 21, policy.drain.onBlocked: got "maybe"; accepts wait, fail or skip
     line 22, policy.workers.canary: got the number -1; accepts a whole number from 0 on"
    `)
  })

  test('YAML that cannot be read', () => {
    expect(mistakes('nodes:\n\t- {name: cp1}\n  - [\n')).toMatchInlineSnapshot(`
     "line 2: YAML: Tabs are not allowed as indentation
     line 3: YAML: All sequence items must start at the same column
     line 4: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]"
    `)
    expect(mistakes('nodes: *missing\n')).toMatchInlineSnapshot(
      `"line 1: YAML: Unresolved alias (the anchor must be set before the alias): missing"`,
    )
    expect(mistakes('nodes: &x [*x]\n')).toMatchInlineSnapshot(`"line 1: YAML: an anchor contains itself"`)
    expect(mistakes('nodes: !vault x\n')).toMatchInlineSnapshot(`
     "line 1: YAML: Unresolved tag: !vault
     line 1, nodes: got "x"; accepts a list of at least one node ({name, host, role})"
    `)
  })

  test('an alias bomb is refused, not unfolded', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`)
    expect(mistakes(`nodes: []\na0: &a0 [x]\n${levels.join('\n')}\n`)).toMatch(
      /^line 1: YAML: Excessive alias count/,
    )
  })

  test('a key that stands there twice does not hide the other mistakes', () => {
    expect(mistakes('nodes: []\ncluster: a\ncluster: b\nnodes: [{name: cp1, host: h, role: boss}]\n'))
      .toMatchInlineSnapshot(`
     "line 3: YAML: the key cluster stands in this mapping already
     line 4: YAML: the key nodes stands in this mapping already
     line 4, nodes[0].role: got "boss"; accepts control-plane or worker"
    `)
  })

  test('no nodes, no control plane', () => {
    expect(mistakes('nodes: []\n')).toMatchInlineSnapshot(
      `"line 1, nodes: got an empty list; accepts a list of at least one node ({name, host, role})"`,
    )
    expect(mistakes('nodes:\n')).toMatchInlineSnapshot(
      `"line 1, nodes: got nothing; accepts a list of at least one node ({name, host, role})"`,
    )
    expect(mistakes('nodes: [{name: w1, host: h, role: worker}]\n')).toMatchInlineSnapshot(
      `"line 1, nodes: has no node with role control-plane; at least one is needed, to reach the cluster through it"`,
    )
  })

  test('text that a message quotes stays one harmless line', () => {
    expect(
      mistakes('nodes: [{name: "a\\n::error::b\\e[31m", host: h, role: control-plane}]\n'),
    ).toMatchInlineSnapshot(
      `"line 1, nodes[0].name: got "a\\n::error::b\\u001b[31m"; accepts the name of the Node object: lower case letters, digits, dashes and dots"`,
    )
  })
})

test('whatever the text, the answer is an inventory or problems, never an exception', () => {
  const word = fc.constantFrom(
    ...[
      'nodes:',
      ' - ',
      '{',
      '}',
      '[',
      ']',
      'name: a',
      'role: worker',
      'host: h',
      '\n',
      '  ',
      ', ',
      ': ',
      '&a ',
      '*a',
    ],
    ...[
      '<<: ',
      '"',
      "'",
      '#',
      '? ',
      '!x ',
      '---\n',
      '\t',
      '1',
      'policy:',
      'ssh:',
      '__proto__: ',
      'null',
      '|\n',
      '%',
    ],
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      const { value, problems } = parseInventory(`nodes:${words.join('')}`)
      expect(value === undefined).toBe(problems.length > 0)
    }),
    { numRuns: 2000 },
  )
})
