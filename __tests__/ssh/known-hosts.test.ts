import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '../../lab/sim/keys.ts'
import { fingerprint, knownHostsLine, parseKnownHosts } from '../../src/ssh/known-hosts.ts'

let folder: string
let one: string
let two: string
let rsa: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-test-'))
  one = publicKey('one')
  two = publicKey('two')
  rsa = publicKey('rsa', ['-t', 'rsa', '-b', '2048'])
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Type and base64 of a new key, as known_hosts has them. */
function publicKey(name: string, options?: string[]): string {
  return generateKey(folder, name, options).publicKey.split(' ').slice(0, 2).join(' ')
}
const blob = (key: string) => Buffer.from(key.split(' ')[1] ?? '', 'base64')
const check = (text: string, host: string, port: number, key: string) =>
  parseKnownHosts(text).hosts.check(host, port, blob(key)).result

describe('names are matched as ssh-keygen matches them', () => {
  const patterns = [
    'cp1',
    'CP1.Example.COM',
    'cp1,cp1.example.com,10.0.0.11',
    '[cp1]:2222',
    '[cp1]:22',
    '*',
    '*.example.com',
    '10.0.0.?',
    '[10.0.0.?]:2222',
    '[*]:2222',
    '*.example.com,!cp1.example.com',
    '!cp1,*',
    '!*.com,cp1.example.com',
    'fe80::1',
    'cp[12]',
    'cp1.example.com.',
  ]
  const hosts: [string, number][] = [
    ['cp1', 22],
    ['cp1', 2222],
    ['cp1.example.com', 22],
    ['Cp1.Example.Com', 22],
    ['cp2.example.com', 22],
    ['cp1xexample.com', 22],
    ['10.0.0.11', 22],
    ['10.0.0.1', 22],
    ['10.0.0.1', 2222],
    ['fe80::1', 22],
  ]

  test.each(patterns)('%s', (pattern) => {
    const file = join(folder, 'known_hosts')
    writeFileSync(file, `${pattern} ${one}\n`)
    for (const [host, port] of hosts) {
      const name = port === 22 ? host : `[${host}]:${port}`
      const found = spawnSync('ssh-keygen', ['-F', name, '-f', file]).status === 0
      // ssh itself, unlike ssh-keygen -F, also takes the bare name for another port.
      const bare = port !== 22 && spawnSync('ssh-keygen', ['-F', host, '-f', file]).status === 0
      expect([name, check(`${pattern} ${one}`, host, port, one)]).toEqual([
        name,
        found || bare ? 'match' : 'unknown',
      ])
    }
  })

  test('hashed by ssh-keygen -H', () => {
    const file = join(folder, 'hashed')
    writeFileSync(file, `cp1,10.0.0.11 ${one}\n[cp2]:2222 ${two}\n`)
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'pipe' })
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain('cp1')
    expect(check(text, 'cp1', 22, one)).toBe('match')
    expect(check(text, 'CP1', 22, one)).toBe('match')
    expect(check(text, '10.0.0.11', 22, one)).toBe('match')
    expect(check(text, 'cp2', 2222, two)).toBe('match')
    expect(check(text, 'cp2', 22, two)).toBe('unknown')
    expect(check(text, 'cp1', 22, two)).toBe('changed')
  })
})

describe('a key that a host shows', () => {
  test('is good if any line has it', () => {
    const text = `cp1 ${rsa}\ncp1 ${one}\ncp1 ${two}\n`
    expect([one, two, rsa].map((key) => check(text, 'cp1', 22, key))).toEqual(['match', 'match', 'match'])
  })

  test('is a changed key if the host is known with others only, which are named', () => {
    const verdict = parseKnownHosts(`# comment\n\ncp1 ${one}\n`).hosts.check('cp1', 22, blob(two))
    expect(verdict).toMatchObject({ result: 'changed', known: [{ line: 3, type: 'ssh-ed25519' }] })
  })

  test('is unknown if no line covers the host', () => {
    expect(check(`cp1 ${one}`, 'cp2', 22, one)).toBe('unknown')
    expect(check('', 'cp2', 22, one)).toBe('unknown')
  })

  test('is revoked whatever else is said of it', () => {
    const text = `cp1 ${one}\n@revoked * ${one}\n`
    expect(parseKnownHosts(text).hosts.check('cp1', 22, blob(one))).toEqual({ result: 'revoked', line: 2 })
    expect(check(text, 'cp1', 2222, one)).toBe('revoked')
    expect(check(`@revoked * ${two}\ncp1 ${one}`, 'cp1', 22, one)).toBe('match')
    expect(check(`@revoked * ${two}`, 'cp1', 22, one)).toBe('unknown')
  })

  test('on another port may be the one of the bare name, but another key is unknown there, not changed', () => {
    expect(check(`cp1 ${one}`, 'cp1', 2222, one)).toBe('match')
    expect(check(`cp1 ${one}`, 'cp1', 2222, two)).toBe('unknown')
    expect(check(`cp1 ${one}\n[cp1]:2222 ${two}`, 'cp1', 2222, one)).toBe('changed')
  })

  test('cannot be vouched for by a certificate authority, whose line is named', () => {
    const { hosts } = parseKnownHosts(`@cert-authority *.example.com ${two}\ncp1 ${one}\n`)
    expect(hosts.check('cp1.example.com', 22, blob(one))).toEqual({
      result: 'certificate-authority',
      line: 1,
    })
    expect(hosts.check('cp1', 22, blob(one))).toEqual({ result: 'match' })
  })
})

test('the key types known for a host come in the order of the file', () => {
  const { hosts } = parseKnownHosts(`cp1 ${rsa}\ncp1,cp2 ${one}\ncp1 ${two}\n@revoked cp1 ecdsa AAAA`)
  expect(hosts.keyTypes('cp1', 22)).toEqual(['ssh-rsa', 'ssh-ed25519'])
  expect(hosts.keyTypes('cp2', 22)).toEqual(['ssh-ed25519'])
  expect(hosts.keyTypes('cp3', 22)).toEqual([])
})

test('bad lines are told with their numbers, and the good ones are used', () => {
  const text = [
    '# a comment',
    'cp1',
    `cp1 ssh-ed25519`,
    `@trusted cp1 ${one}`,
    `cp1 ${one.replace('ssh-ed25519', 'ssh-rsa')}`,
    'cp1 ssh-ed25519 not*base64',
    'cp1 ssh-ed25519 AAAA',
    'cp1 1024 35 1234567',
    `|1|short|short ${one}`,
    `|2|a|b ${one}`,
    `, ${one}`,
    `\t cp1 ${one} comment with words\r`,
  ].join('\n')
  const { hosts, problems } = parseKnownHosts(text)
  expect(problems).toEqual([
    { line: 2, message: 'expected: host names, key type, key' },
    { line: 3, message: 'expected: host names, key type, key' },
    { line: 4, message: 'unknown marker "@trusted"' },
    { line: 5, message: 'the line says "ssh-rsa", but the key in it is of type "ssh-ed25519"' },
    { line: 6, message: 'the key after "ssh-ed25519" is not a base64 public key' },
    { line: 7, message: 'the key after "ssh-ed25519" is not a base64 public key' },
    { line: 8, message: 'a key of SSH protocol 1, which no server uses any more' },
    { line: 9, message: 'a hashed host name has the form |1|salt|hash' },
    { line: 10, message: 'a hashed host name has the form |1|salt|hash' },
    { line: 11, message: 'no host name' },
  ])
  expect(hosts.check('cp1', 22, blob(one)).result).toBe('match')
})

test('fingerprints are those of ssh-keygen', () => {
  for (const name of ['one', 'rsa']) {
    const printed = execFileSync('ssh-keygen', ['-lf', join(folder, `${name}.pub`)], { encoding: 'utf8' })
    expect(printed).toContain(` ${fingerprint(blob(name === 'one' ? one : rsa))} `)
  }
})

test('the line to add makes the host known', () => {
  expect(knownHostsLine('cp1', 22, blob(one))).toBe(`cp1 ${one}`)
  const line = knownHostsLine('CP1', 2222, blob(one))
  expect(line).toBe(`[cp1]:2222 ${one}`)
  expect(check(line, 'cp1', 2222, one)).toBe('match')
})
