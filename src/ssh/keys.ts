import { createPrivateKey, randomBytes, type KeyObject } from 'node:crypto'
import ssh2, { type ParsedKey } from 'ssh2'
import { Failure } from '../failure.ts'
import { fingerprint } from './known-hosts.ts'

/** A private key that the SSH library can use. `text` and `passphrase` are secrets. */
export interface PrivateKey {
  readonly text: string
  readonly passphrase: string | undefined
  /** SSH key type, such as `ssh-ed25519`. */
  readonly type: string
  /** Fingerprint of the public half, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  /** The public half in SSH wire format. */
  readonly publicKey: Buffer
}

const input = 'ssh-private-key'

/**
 * Checks a private key before any connection and brings it into a form that the SSH library reads.
 *
 * Heals what happens to keys on their way through secret stores: CRLF, a lost last newline, literal `\n`, newlines
 * that became spaces, indentation. PKCS#8, which the library cannot read, is converted.
 * @throws {Failure} `invalid-input`, naming the input and the remedy
 */
export function readPrivateKey(text: string, passphrase?: string): PrivateKey {
  const secret = passphrase === '' ? undefined : passphrase
  const healed = heal(text)
  refuseOtherThings(healed)
  const pem = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(healed) ? fromPkcs8(healed, secret) : healed
  const parsed = ssh2.utils.parseKey(pem, secret)
  if (parsed instanceof Error) throw unusable(parsed.message, secret)
  const key = ([parsed] as (ParsedKey | ParsedKey[])[]).flat()[0] // the types hide that it may be a list
  if (key?.isPrivateKey() !== true) throw unusable('it holds no private key', secret)
  const publicKey = key.getPublicSSH()
  return { text: pem, passphrase: secret, type: key.type, fingerprint: fingerprint(publicKey), publicKey }
}

/** The key without its passphrase, in a format that every OpenSSH reads. @throws {Failure} `invalid-input` */
export function unlocked({ text, passphrase }: PrivateKey): string {
  const parsed = ssh2.utils.parseKey(text, passphrase)
  if (parsed instanceof Error) throw unusable(parsed.message, passphrase)
  const key = ([parsed] as (ParsedKey | ParsedKey[])[]).flat()[0]
  const pem = key?.getPrivatePEM() ?? ''
  // OpenSSH before 9.6 reads no PKCS#8 of this type.
  return key?.type === 'ssh-ed25519' ? openSshEd25519(createPrivateKey(pem)) : pem
}

function heal(text: string): string {
  let healed = text.replace(/^\uFEFF/, '').trim()
  if (!healed.includes('\n')) healed = healed.replaceAll('\\r', '').replaceAll('\\n', '\n')
  const lines = healed.split(/\r\n|\r|\n/).map((line) => line.trim())
  const joined = lines.join('\n')
  const armour = /^(-----BEGIN [A-Z0-9 ]+-----)\s*([A-Za-z0-9+/=\s]+?)\s*(-----END [A-Z0-9 ]+-----)$/.exec(
    joined,
  )
  if (armour === null) return `${joined}\n`
  const [, begin, body, end] = armour
  return [begin, ...(body ?? '').split(/\s+/), end, ''].join('\n')
}

function refuseOtherThings(text: string): void {
  const refuse = (seen: string, next: string): never => {
    throw new Failure('invalid-input', `${input} is not a private key: ${seen}.`, { next })
  }
  if (text.trim() === '') refuse('it is empty', `Set ${input} to the text of a private key file.`)
  if (/^\S+-cert-v01@openssh\.com /.test(text)) {
    refuse('it is a certificate', `Set ${input} to the private key that the certificate was issued for.`)
  }
  if (/^(ssh-|ecdsa-|sk-)\S+ AAAA|^-{4,5} ?BEGIN (SSH2 |RSA |EC )?PUBLIC KEY/.test(text)) {
    refuse('it is the public half', `Set ${input} to the file without ".pub".`)
  }
  if (text.startsWith('PuTTY-User-Key-File')) {
    refuse('it is in the format of PuTTY', 'Export it in PuTTYgen: Conversions, Export OpenSSH key.')
  }
  if (!text.startsWith('-----BEGIN ')) {
    refuse('it does not start with "-----BEGIN"', `Set ${input} to the whole text of the key file.`)
  }
}

function unusable(reason: string, passphrase: string | undefined): Failure {
  if (reason.includes('no passphrase given')) {
    return new Failure('invalid-input', `${input} is encrypted, and ssh-passphrase is empty.`, {
      next: 'Set ssh-passphrase to the passphrase of the key.',
    })
  }
  if (passphrase !== undefined && /passphrase|decrypt|integrity check/i.test(reason)) {
    return new Failure('invalid-input', `ssh-passphrase does not open ${input}.`, {
      seen: reason,
      next: 'Set ssh-passphrase to the passphrase of this key.',
    })
  }
  return new Failure('invalid-input', `${input} cannot be read.`, {
    seen: reason,
    next:
      'Compare it with the file: it may have been cut. Another format is brought into the usual one by ' +
      '"ssh-keygen -p -f KEYFILE" with a recent OpenSSH.',
  })
}

/** The same key in a format that the SSH library reads; it knows no PKCS#8. */
function fromPkcs8(pem: string, passphrase: string | undefined): string {
  if (pem.includes('BEGIN ENCRYPTED') && passphrase === undefined)
    throw unusable('no passphrase given', passphrase)
  let key: KeyObject
  try {
    key = createPrivateKey({ key: pem, format: 'pem', passphrase })
  } catch (error) {
    throw unusable(error instanceof Error ? error.message : String(error), passphrase)
  }
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    case 'ed25519':
      return openSshEd25519(key)
    default:
      throw unusable(`keys of type "${key.asymmetricKeyType ?? 'unknown'}" do not exist in SSH`, passphrase)
  }
}

/** An ed25519 key as an unencrypted OpenSSH key file; layout: PROTOCOL.key of OpenSSH. */
function openSshEd25519(key: KeyObject): string {
  const jwk = key.export({ format: 'jwk' })
  const seed = Buffer.from(jwk.d ?? '', 'base64url')
  const point = Buffer.from(jwk.x ?? '', 'base64url')
  const check = randomBytes(4)
  const type = field('ssh-ed25519')
  const secret = Buffer.concat([
    check,
    check,
    type,
    field(point),
    field(Buffer.concat([seed, point])),
    field(''),
  ])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8))
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(Buffer.concat([type, field(point)])),
    field(Buffer.concat([secret, padding])),
  ])
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

function field(value: string | Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  return Buffer.concat([length, Buffer.from(value)])
}
