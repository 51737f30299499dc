import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey, type KeyPair } from '../../lab/sim/keys.ts'
import { Failure } from '../../src/failure.ts'
import { readCertificate } from '../../src/ssh/certificate.ts'
import { readPrivateKey } from '../../src/ssh/keys.ts'

let folder: string
let authority: KeyPair
let key: KeyPair
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-test-'))
  authority = generateKey(folder, 'ca')
  key = generateKey(folder, 'key')
})
afterAll(() => rmSync(folder, { recursive: true }))

const now = Date.UTC(2030, 0, 15)

/** A certificate as ssh-keygen makes it, for the January of 2030 unless the options say otherwise. */
function certify(pair: KeyPair, ...options: string[]): string {
  const given = ['-I', 'ci', '-n', 'root,ops', '-V', '20300101Z:20300201Z', ...options]
  execFileSync('ssh-keygen', ['-q', '-s', authority.file, ...given, `${pair.file}.pub`], { stdio: 'pipe' })
  return readFileSync(`${pair.file}-cert.pub`, 'utf8')
}

function publicKey(pair: KeyPair): Buffer {
  return readPrivateKey(pair.privateKey).publicKey
}

function refusal(text: string, pair = key, at = now): string {
  try {
    readCertificate(text, publicKey(pair), at)
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
  throw new Error('it was accepted')
}

describe('a certificate is read', () => {
  test.each([
    ['ed25519', ['-t', 'ed25519']],
    ['ECDSA', ['-t', 'ecdsa', '-b', '384']],
    ['RSA', ['-t', 'rsa', '-b', '2048']],
  ])('for %s keys, and belongs to its key', (name, options) => {
    const pair = generateKey(folder, name, options)
    expect(readCertificate(certify(pair), publicKey(pair), now)).toMatchObject({
      keyId: 'ci',
      principals: ['root', 'ops'],
      validAfter: Date.UTC(2030, 0, 1),
      validBefore: Date.UTC(2030, 1, 1),
    })
  })

  test('also when the agent has the key, and when it never expires', () => {
    const text = certify(key, '-V', 'always:forever')
    expect(readCertificate(text, undefined, now).validBefore).toBeGreaterThan(now)
  })
})

describe('a certificate is refused', () => {
  test('that has expired, or is not valid yet', () => {
    const text = certify(key)
    expect(refusal(text, key, Date.UTC(2030, 1, 2))).toBe(
      'ssh-certificate cannot be used: the certificate "ci" for root, ops has expired at 2030-02-01T00:00:00.000Z.',
    )
    expect(refusal(text, key, Date.UTC(2029, 1, 2))).toContain('is valid from 2030-01-01T00:00:00.000Z on')
  })

  test('that is for another key, for hosts, or none', () => {
    expect(refusal(certify(key), authority)).toContain('it is for another key than ssh-private-key')
    expect(refusal(certify(key, '-h'))).toContain('it is a certificate for hosts')
    expect(refusal(key.publicKey)).toContain('it is not a certificate in one line')
    expect(refusal(key.privateKey)).toContain('it is not a certificate in one line')
  })

  test('that was cut off, wherever', () => {
    const text = certify(key)
    const [type = '', body = ''] = text.split(' ')
    for (let length = 0; length < body.length - 3; length += 7)
      expect(refusal(`${type} ${body.slice(0, length)}`)).toContain('ssh-certificate cannot be used')
  })
})
