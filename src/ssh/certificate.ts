import { Failure } from '../failure.ts'

/** A user certificate of OpenSSH, as far as it matters before a connection. Times are milliseconds since 1970. */
export interface UserCertificate {
  /** The line of the -cert.pub file. */
  readonly text: string
  readonly keyId: string
  /** Users that it is for. */
  readonly principals: readonly string[]
  readonly validAfter: number
  readonly validBefore: number
}

/** Strings (beside the nonce) that the key itself has in a certificate, by its type. Source: PROTOCOL.certkeys of OpenSSH. */
const keyFields: Readonly<Record<string, number>> = {
  'ssh-ed25519': 1,
  'ssh-rsa': 2,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
}

const suffix = '-cert-v01@openssh.com'

/**
 * Reads a certificate, and checks what the server would refuse it for.
 * @param key the public half of ssh-private-key in wire format; undefined when the agent has it
 * @param now milliseconds since 1970
 * @throws {Failure} `invalid-input` that says what is wrong with it
 */
export function readCertificate(text: string, key: Buffer | undefined, now: number): UserCertificate {
  const [type = '', body = ''] = text.trim().split(/\s+/)
  const plain = type.endsWith(suffix) ? type.slice(0, -suffix.length) : ''
  const count = keyFields[plain]
  if (count === undefined || text.trim().includes('\n'))
    throw refused(
      'it is not a certificate in one line',
      'Set it to the text of the file that ends in -cert.pub.',
    )
  const certificate = parse(body, plain, count)
  if (certificate === undefined) throw refused('it is cut off or broken', 'Compare it with the file.')
  if (certificate.kind !== 1)
    throw refused('it is a certificate for hosts', 'Sign the key without the option -h of ssh-keygen.')
  if (key !== undefined && !key.equals(certificate.key))
    throw refused('it is for another key than ssh-private-key', 'Sign the public half of ssh-private-key.')
  const { keyId, principals, validAfter, validBefore } = certificate
  const shown = `certificate "${keyId}" for ${principals.join(', ') || 'nobody'}`
  if (now >= validBefore)
    throw refused(`the ${shown} has expired at ${time(validBefore)}`, 'Sign the key again.')
  if (now < validAfter)
    throw refused(
      `the ${shown} is valid from ${time(validAfter)} on`,
      'Check the clocks of the runner and of who signs.',
    )
  return { text: `${type} ${body}\n`, keyId, principals, validAfter, validBefore }
}

function parse(body: string, type: string, count: number) {
  const reader = new Reader(Buffer.from(body, 'base64'))
  try {
    if (reader.string().toString('latin1') !== `${type}${suffix}`) return undefined
    reader.string() // nonce
    const fields = Array.from({ length: count }, () => reader.string())
    reader.number(8) // serial
    const kind = reader.number(4)
    const keyId = reader.string().toString('utf8')
    const names = new Reader(reader.string())
    const principals: string[] = []
    while (names.left > 0) principals.push(names.string().toString('utf8'))
    const [validAfter, validBefore] = [reader.number(8) * 1000, reader.number(8) * 1000]
    // Critical options, extensions, reserved, the authority's key, its signature: to see that nothing is cut off.
    for (let rest = 0; rest < 5; rest++) reader.string()
    if (reader.left > 0) return undefined
    const key = Buffer.concat([Buffer.from(type), ...fields].map(field))
    return { kind, keyId, principals, validAfter, validBefore, key }
  } catch {
    return undefined
  }
}

class Reader {
  private readonly data: Buffer
  private at = 0

  constructor(data: Buffer) {
    this.data = data
  }

  get left(): number {
    return this.data.length - this.at
  }

  /** @throws {RangeError} beyond the end, as the next. */
  string(): Buffer {
    const length = this.number(4)
    if (length > this.left) throw new RangeError('cut off')
    this.at += length
    return this.data.subarray(this.at - length, this.at)
  }

  number(bytes: 4 | 8): number {
    const value = bytes === 4 ? this.data.readUInt32BE(this.at) : Number(this.data.readBigUInt64BE(this.at))
    this.at += bytes
    return value
  }
}

function field(value: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(value.length)
  return Buffer.concat([length, value])
}

function time(ms: number): string {
  return ms > 8.64e15 ? 'never' : new Date(ms).toISOString()
}

function refused(why: string, next: string): Failure {
  return new Failure('invalid-input', `ssh-certificate cannot be used: ${why}.`, { next })
}
