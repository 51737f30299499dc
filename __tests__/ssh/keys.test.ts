import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { generateKeyPairSync } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { generateKey, type KeyPair } from '../../lab/sim/keys.ts'
import { Failure } from '../../src/failure.ts'
import { readPrivateKey } from '../../src/ssh/keys.ts'

let folder: string
let key: KeyPair
let locked: KeyPair
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-test-'))
  key = generateKey(folder, 'key')
  locked = generateKey(folder, 'locked', ['-t', 'ed25519'], 'open sesame')
})
afterAll(() => rmSync(folder, { recursive: true }))

function refusal(text: string, passphrase?: string): Failure {
  try {
    readPrivateKey(text, passphrase)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('it was accepted')
}

function fingerprintOf(pair: KeyPair): string {
  return execFileSync('ssh-keygen', ['-lf', `${pair.file}.pub`], { encoding: 'utf8' }).split(' ')[1] ?? ''
}

describe('a private key is read', () => {
  test.each([
    ['ed25519', ['-t', 'ed25519']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['rsa in PEM', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['ecdsa', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa in PEM', ['-t', 'ecdsa', '-b', '384', '-m', 'PEM']],
    ['rsa in PKCS#8', ['-t', 'rsa', '-b', '2048', '-m', 'PKCS8']],
    ['ecdsa in PKCS#8', ['-t', 'ecdsa', '-b', '521', '-m', 'PKCS8']],
  ])('%s, with and without a passphrase', (name, options) => {
    const open = generateKey(folder, `${name} open`.replaceAll(/\W/g, '-'), options)
    const shut = generateKey(folder, `${name} shut`.replaceAll(/\W/g, '-'), options, 'open sesame')
    expect(readPrivateKey(open.privateKey).fingerprint).toBe(fingerprintOf(open))
    expect(readPrivateKey(shut.privateKey, 'open sesame').fingerprint).toBe(fingerprintOf(shut))
    expect(refusal(shut.privateKey).message).toBe(
      'ssh-private-key is encrypted, and ssh-passphrase is empty.',
    )
    expect(refusal(shut.privateKey, 'wrong').message).toBe('ssh-passphrase does not open ssh-private-key.')
  })

  test('ed25519 in PKCS#8, which is converted to a key that signs the same', () => {
    for (let i = 0; i < 50; i++) {
      const { privateKey } = generateKeyPairSync('ed25519')
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      const read = readPrivateKey(pem)
      expect(read.type).toBe('ssh-ed25519')
      const parsed = ssh2.utils.parseKey(read.text)
      if (parsed instanceof Error) throw parsed
      const signature = parsed.sign('data')
      expect(signature).toBeInstanceOf(Buffer)
      expect(parsed.verify('data', signature)).toBe(true)
    }
  })

  test('whatever a secret store did to it', () => {
    const text = key.privateKey
    const damaged = [
      text.trimEnd(),
      `\n\n${text}\n\n`,
      text.replaceAll('\n', '\r\n'),
      text.replaceAll('\n', '\\n'),
      text.trim().replaceAll('\n', ' '),
      text.replaceAll(/^/gm, '    '),
      `\uFEFF${text}`,
    ]
    for (const one of damaged) expect(readPrivateKey(one).fingerprint).toBe(fingerprintOf(key))
  })

  test('an empty passphrase is none', () => {
    expect(readPrivateKey(key.privateKey, '').passphrase).toBeUndefined()
    expect(readPrivateKey(key.privateKey, 'superfluous').fingerprint).toBe(fingerprintOf(key))
  })

  test('in PEM with headers', () => {
    const pem = generateKey(folder, 'pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM'], 'open sesame')
    expect(pem.privateKey).toContain('DEK-Info')
    expect(readPrivateKey(pem.privateKey.replaceAll('\n', '\r\n'), 'open sesame').type).toBe('ssh-rsa')
  })
})

describe('something else is refused, and named', () => {
  test.each([
    ['nothing', () => '  \n', 'it is empty'],
    ['the public half', () => key.publicKey, 'it is the public half'],
    [
      'a public key in PEM',
      () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      'it is the public half',
    ],
    ['a certificate', () => 'ssh-ed25519-cert-v01@openssh.com AAAA me', 'it is a certificate'],
    [
      'a key of PuTTY',
      () => 'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none',
      'it is in the format of PuTTY',
    ],
    ['a path', () => '/home/me/.ssh/id_ed25519', 'it does not start with "-----BEGIN"'],
  ])('%s', (_, text, seen) => {
    const failure = refusal(text())
    expect(failure.reason).toBe('invalid-input')
    expect(failure.message).toBe(`ssh-private-key is not a private key: ${seen}.`)
    expect(failure.next).toBeDefined()
  })

  test('half a key', () => {
    const failure = refusal(key.privateKey.slice(0, 200))
    expect(failure.message).toBe('ssh-private-key cannot be read.')
    expect(failure.next).toContain('it may have been cut')
  })

  test('an algorithm that SSH does not have', () => {
    const pem = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(refusal(pem).seen).toContain('keys of type "x25519" do not exist in SSH')
  })

  test('without a word of the key in the message', () => {
    const failure = refusal(locked.privateKey, 'my secret passphrase')
    const told = [failure.message, failure.seen, failure.next].join('\n')
    expect(told).not.toContain('my secret passphrase')
    expect(told).not.toContain('b3BlbnNzaC1rZXktdjE')
  })
})
