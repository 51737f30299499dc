import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readInputs } from '../../src/action/inputs.ts'
import type { Inputs } from '../../src/action/inputs.ts'
import { resolveMaxUnavailable } from '../../src/plan/plan.ts'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { refusal } from '../versions/helpers.ts'

const keyLines = ['b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ', 'AAAAMwAAAAtzc2gtZWQyNTUxOQAAACDv', 'AQ==']
const key = ['-----BEGIN OPENSSH PRIVATE KEY-----', ...keyLines, '-----END OPENSSH PRIVATE KEY-----'].join(
  '\n',
)
const inventory = `nodes:
  - {name: cp1, host: 10.0.0.11, role: control-plane}
  - {name: w1, host: 10.0.0.21, role: worker, group: storage}
`
const good = {
  inventory,
  version: 'v1.37.1',
  'ssh-private-key': key,
  'ssh-known-hosts': '10.0.0.11 ssh-ed25519 AAAA',
}

let home: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'inputs-'))
  mkdirSync(join(home, '.ssh'))
  mkdirSync(join(home, 'workspace'))
  writeFileSync(join(home, '.ssh', 'known_hosts'), '10.0.0.11 ssh-ed25519 BBBB\n')
  writeFileSync(join(home, 'workspace', 'prod.yaml'), inventory.replace('role: worker', 'role: wroker'))
  writeFileSync(join(home, 'workspace', 'policy.yaml'), 'drain:\n  timout: 5m\n')
})

afterAll(() => rmSync(home, { recursive: true }))

/** Reads inputs as a run gives them; `secrets` collects what was masked. */
function read(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  secrets: string[] = [],
): Inputs {
  return readInputs({
    getInput: (name) => (inputs[name] ?? '').trim(),
    mask: (secret) => secrets.push(secret),
    env: { GITHUB_WORKSPACE: join(home, 'workspace'), ...env },
  })
}

const refused = (inputs: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>) =>
  refusal(() => read(inputs, env))

test('the least that a run needs; everything else has the default of action.yml', () => {
  const { policy, inventory: read_, ...rest } = read(good)
  expect(policy.timeouts.kubeadm).toBe(1_800_000)
  expect(read_.nodes.map(({ name }) => name)).toEqual(['cp1', 'w1'])
  expect(rest).toEqual({
    phase: 'plan',
    version: { kind: 'exact', version: 'v1.37.1' },
    nodes: undefined,
    ssh: {
      privateKey: `${key}\n`,
      passphrase: undefined,
      agentSocket: undefined,
      knownHosts: { text: '10.0.0.11 ssh-ed25519 AAAA', origin: 'ssh-known-hosts' },
    },
    planDigest: undefined,
    maxUnavailable: { count: 1 },
    breakLock: undefined,
    dryRun: false,
    githubToken: undefined,
    run: {
      workspace: join(home, 'workspace'),
      url: undefined,
      repository: undefined,
      runId: undefined,
      attempt: undefined,
      actor: undefined,
    },
  })
})

test('every input is read', () => {
  const inputs = read(
    {
      ...good,
      phase: 'workers',
      nodes: '["w1"]',
      'ssh-private-key': `${key.replaceAll('\n', '\r\n')}\r\n`,
      'ssh-passphrase': 'open sesame',
      'ssh-user': 'ubuntu',
      'ssh-port': '2222',
      'ssh-jump': 'ops@bastion:2200, [2001:db8::1]',
      policy: 'drain: {timeout: 5m}\nworkers: {order: [{group: storage}]}\n',
      'plan-digest': 'a'.repeat(64),
      'max-unavailable': '25%',
      'break-lock': 'org/repo/42/1',
      'dry-run': 'true',
      'github-token': 'ghs_0123456789',
    },
    {
      SSH_AUTH_SOCK: '/run/agent',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'org/repo',
      GITHUB_RUN_ID: '42',
      GITHUB_RUN_ATTEMPT: '2',
      GITHUB_ACTOR: 'someone',
    },
  )
  expect(inputs).toMatchObject({
    phase: 'workers',
    nodes: ['w1'],
    ssh: { privateKey: `${key}\n`, passphrase: 'open sesame', agentSocket: '/run/agent' },
    planDigest: 'a'.repeat(64),
    maxUnavailable: { percent: 25 },
    breakLock: 'org/repo/42/1',
    dryRun: true,
    githubToken: 'ghs_0123456789',
    run: { url: 'https://github.com/org/repo/actions/runs/42/attempts/2', actor: 'someone' },
  })
  expect(inputs.policy.drain.timeout).toBe(300_000)
  expect(inputs.inventory.nodes[1]?.ssh).toEqual({
    host: '10.0.0.21',
    user: 'ubuntu',
    port: 2222,
    jump: [
      { user: 'ops', host: 'bastion', port: 2200 },
      { user: undefined, host: '2001:db8::1', port: 22 },
    ],
  })
})

describe('what replaces an input that is not given', () => {
  test("the runner's own known hosts, and the agent", () => {
    const { inventory, version } = good
    const { ssh } = read({ inventory, version }, { HOME: home, SSH_AUTH_SOCK: '/run/agent' })
    expect(ssh).toEqual({
      privateKey: undefined,
      passphrase: undefined,
      agentSocket: '/run/agent',
      knownHosts: { text: '10.0.0.11 ssh-ed25519 BBBB\n', origin: join(home, '.ssh', 'known_hosts') },
    })
  })

  test.each(['verify', 'recover', 'cleanup'])('phase %s needs no version', (phase) => {
    expect(read({ ...good, version: '', phase }).version).toBeUndefined()
  })

  test('names of nodes are left for later when the workers are discovered', () => {
    expect(read({ ...good, inventory: `discover: workers\n${inventory}`, nodes: 'w9' }).nodes).toEqual(['w9'])
  })
})

describe('mistakes', () => {
  test('nothing given at all', () => {
    expect(refused({})).toMatchInlineSnapshot(`
     "invalid-input: 4 problems in the inputs:
     - version: is missing, and phase plan needs it; accepts v1.37.1 or 1.37.1 (exactly this one), 1.37 (newest patch of it), patch (newest patch of the running minor) or latest (newest stable that the repositories offer)
     - inventory: is missing; accepts the path of an inventory file, or its text
     - ssh-private-key: is missing, and no agent answers in SSH_AUTH_SOCK; accepts the text of a private key
     - ssh-known-hosts: is missing, and the runner has no ~/.ssh/known_hosts of its own; accepts the nodes' host keys, as ssh-keyscan prints them (compare them with the nodes' own)
     next: Correct what is listed and run again; nothing was connected to."
    `)
  })

  test('every input wrong, and the inventory, and the policy: one answer', () => {
    expect(
      refused({
        phase: 'worker',
        inventory: 'prod.yaml',
        version: '1.37.x',
        nodes: '[w1',
        'ssh-private-key': 'ssh-ed25519 AAAA me@home',
        'ssh-sudo-password': 'two\nlines',
        'ssh-user': 'a b',
        'ssh-port': '0',
        'ssh-jump': 'ops@bastion, :22',
        policy: 'policy.yaml',
        'plan-digest': 'ABC',
        'max-unavailable': '0',
        'break-lock': 'two words',
        'dry-run': 'yes',
      }),
    ).toMatchInlineSnapshot(`
     "invalid-input: 15 problems in the inputs:
     - phase: got "worker"; accepts plan, control-plane, workers, verify, upgrade, recover, cleanup; did you mean "workers"?
     - version: got "1.37.x"; accepts v1.37.1 or 1.37.1 (exactly this one), 1.37 (newest patch of it), patch (newest patch of the running minor) or latest (newest stable that the repositories offer)
     - ssh-user: got "a b"; accepts the name of a user, such as root or ubuntu
     - ssh-port: got "0"; accepts a port from 1 to 65535
     - ssh-jump: got ":22"; accepts host, user@host or user@host:port, an IPv6 address in brackets; several with commas
     - inventory (prod.yaml): line 3, nodes[1].role: got "wroker"; accepts control-plane or worker
     - policy (policy.yaml): line 2, drain.timout: unknown key "timout"; did you mean "timeout"?
     - nodes: got "[w1"; accepts a JSON list of names, such as ["w1", "w2"]
     - plan-digest: got "ABC"; accepts the output plan-digest of a plan, 64 hexadecimal digits
     - max-unavailable: got "0"; accepts a count from 1 on, or a percentage of the workers from 1% to 100%
     - break-lock: got "two words"; accepts the holder id of a lock, as the refusal printed it
     - dry-run: got "yes"; accepts true or false
     - ssh-private-key: got a public key; accepts the whole text of a private key, from -----BEGIN to -----END, with its line breaks
     - ssh-known-hosts: is missing, and the runner has no ~/.ssh/known_hosts of its own; accepts the nodes' host keys, as ssh-keyscan prints them (compare them with the nodes' own)
     - ssh-sudo-password: got several lines; accepts one password, in one line
     next: Correct what is listed and run again; nothing was connected to."
    `)
  })

  test('a policy in the inventory and names that nobody knows', () => {
    expect(refused({ ...good, inventory: `${inventory}policy: {etcd: {keep: 0}}\n` })).toMatchInlineSnapshot(`
     "invalid-input: One problem in the inputs:
     - inventory: line 4, policy.etcd.keep: got the number 0; accepts a whole number from 1 on
     next: Correct what is listed and run again; nothing was connected to."
    `)
    expect(refused({ ...good, nodes: 'w1 w2 cp9' })).toMatchInlineSnapshot(`
     "invalid-input: One problem in the inputs:
     - nodes: got "w2", "cp9", which the inventory does not have; accepts cp1, w1
     next: Correct what is listed and run again; nothing was connected to."
    `)
    const order = 'workers:\n  order:\n    - {group: gpu}\n    - {node: cp1}\n    - {label: a=b}\n'
    expect(refused({ ...good, policy: order })).toMatchInlineSnapshot(`
     "invalid-input: 2 problems in the inputs:
     - policy: line 3, workers.order[0].group: got "gpu", which is the group of no worker in the inventory; accepts storage
     - policy: line 4, workers.order[1].node: got "cp1", which is the name of no worker in the inventory; accepts w1
     next: Correct what is listed and run again; nothing was connected to."
    `)
    const inside = `${inventory}policy:\n  workers: {order: [{node: w7}]}\n`
    expect(refused({ ...good, inventory: inside })).toMatchInlineSnapshot(`
     "invalid-input: One problem in the inputs:
     - inventory: line 5, policy.workers.order[0].node: got "w7", which is the name of no worker in the inventory; accepts w1
     next: Correct what is listed and run again; nothing was connected to."
    `)
  })

  test('a file that is not there, a file outside', () => {
    expect(refused({ ...good, inventory: 'clusters/prod.yaml', policy: '../../etc/passwd' })).toMatch(
      /inventory: got "clusters\/prod.yaml", but there is no such file[^]*policy: got/,
    )
  })

  test.each(['101%', '-1', '1.5', '1 %', 'all', '%'])('max-unavailable %s', (text) => {
    expect(refused({ ...good, 'max-unavailable': text })).toContain(
      `max-unavailable: got "${text}"; accepts a count from 1 on, or a percentage of the workers from 1% to 100%`,
    )
  })

  test('a version that is too old', () => {
    expect(refused({ ...good, version: '1.30' })).toContain('Kubernetes 1.30 is not supported')
  })
})

describe('secrets', () => {
  const secret = {
    ...good,
    'ssh-passphrase': 'open sesame',
    'github-token': 'ghs_0123456789',
    'ssh-certificate': 'ssh-cert AAAA',
    'ssh-sudo-password': 'let me in',
    'dry-run': 'perhaps',
  }

  test('are masked whole and line by line, before a mistake is reported', () => {
    const secrets: string[] = []
    expect(() => read(secret, {}, secrets)).toThrow('dry-run')
    expect(secrets).toEqual([
      key,
      keyLines[0],
      keyLines[1],
      'open sesame',
      'ssh-cert AAAA',
      'let me in',
      'ghs_0123456789',
    ])
  })

  test('a key without its line breaks is masked and explained, never quoted', () => {
    const secrets: string[] = []
    const flat = key.replaceAll('\n', '\\n')
    expect(refusal(() => read({ ...good, 'ssh-private-key': flat }, {}, secrets))).toMatchInlineSnapshot(`
     "invalid-input: One problem in the inputs:
     - ssh-private-key: got a key that is cut off or has lost its line breaks; accepts the whole text of a private key, from -----BEGIN to -----END, with its line breaks
     next: Correct what is listed and run again; nothing was connected to."
    `)
    expect(secrets).toContain(keyLines[0])
    for (const text of [key.slice(0, -20), 'hunter2', key.replaceAll('\n', ' ')])
      expect(refused({ ...good, 'ssh-private-key': text })).not.toContain(text.slice(36, 60) || text)
  })
})

test('a percentage is rounded down, and is at least one worker', () => {
  expect(resolveMaxUnavailable({ count: 3 }, 1)).toBe(3)
  expect(resolveMaxUnavailable({ percent: 25 }, 11)).toBe(2)
  expect(resolveMaxUnavailable({ percent: 10 }, 5)).toBe(1)
  expect(resolveMaxUnavailable({ percent: 100 }, 0)).toBe(1)
})

test('action.yml has exactly the inputs that are read, each described in one sentence', () => {
  const action = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8')) as {
    inputs: Record<string, { description: string }>
    outputs: Record<string, { description: string }>
  }
  const asked = new Set<string>()
  readInputs({
    getInput: (name) => {
      asked.add(name)
      return (good as Record<string, string>)[name] ?? ''
    },
    mask: () => undefined,
    env: {},
  })
  expect(Object.keys(action.inputs).toSorted()).toEqual([...asked].toSorted())
  for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)])
    expect(description).toMatch(/^[A-Z].*\.$/)
})
