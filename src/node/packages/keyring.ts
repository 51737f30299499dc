import { createHash } from 'node:crypto'

/** A primary key of an apt keyring. */
export interface SigningKey {
  /** 40 hex digits, upper case. */
  fingerprint: string
  /** Seconds since the epoch; undefined: it never expires. */
  expires: number | undefined
}

interface Packet {
  tag: number
  body: Buffer
}

/**
 * The primary keys of a keyring file, binary or armoured, with the expiry that their newest self-signature gives them.
 * Read here because a node need not have gpg. Signatures are not verified: apt does that.
 * https://www.rfc-editor.org/rfc/rfc9580 sections 4.2 (packets), 5.2.3 (signatures), 5.5.4 (fingerprint)
 * @returns none when the file is no keyring of version 4 keys
 */
export function readKeyring(base64: string): SigningKey[] {
  const keys: (SigningKey & { created: number; signedAt: number })[] = []
  for (const { tag, body } of packets(unarmour(Buffer.from(base64, 'base64')))) {
    if (tag === 6 && body[0] === 4 && body.length > 6) {
      const created = body.readUInt32BE(1)
      keys.push({ fingerprint: fingerprintOf(body), expires: undefined, created, signedAt: -1 })
    }
    const key = keys.at(-1)
    const signature = tag === 2 ? selfSignature(body) : undefined
    if (key === undefined || signature === undefined || signature.signedAt < key.signedAt) continue
    key.signedAt = signature.signedAt
    key.expires = signature.lifetime === 0 ? undefined : key.created + signature.lifetime
  }
  return keys.map(({ fingerprint, expires }) => ({ fingerprint, expires }))
}

function fingerprintOf(body: Buffer): string {
  const length = Buffer.from([0x99, body.length >> 8, body.length & 0xff])
  return createHash('sha1').update(length).update(body).digest('hex').toUpperCase()
}

function unarmour(file: Buffer): Buffer {
  const text = file.toString('latin1')
  if (!text.includes('-----BEGIN PGP')) return file
  const blocks = [...text.matchAll(/-----BEGIN PGP[^\n]*\n([^]*?)-----END PGP/g)]
  const body = blocks.map(([, block = '']) => {
    const lines = block.split(/\r?\n/).filter((line) => !line.includes(':'))
    // The line with the equals sign is the checksum.
    return Buffer.from(lines.filter((line) => !/^=[\w+/]{4}$/.test(line)).join(''), 'base64')
  })
  return Buffer.concat(body)
}

function packets(data: Buffer): Packet[] {
  const found: Packet[] = []
  let at = 0
  while (at < data.length) {
    const first = data[at] ?? 0
    if ((first & 0x80) === 0) return found
    const header = (first & 0x40) === 0 ? oldHeader(data, at, first) : newHeader(data, at, first)
    if (header === undefined) return found
    found.push({ tag: header.tag, body: data.subarray(header.start, header.start + header.length) })
    at = header.start + header.length
  }
  return found
}

interface Header {
  tag: number
  start: number
  length: number
}

function oldHeader(data: Buffer, at: number, first: number): Header | undefined {
  const size = [1, 2, 4][first & 3]
  if (size === undefined || at + 1 + size > data.length) return undefined
  return { tag: (first >> 2) & 0xf, start: at + 1 + size, length: data.readUIntBE(at + 1, size) }
}

function newHeader(data: Buffer, at: number, first: number): Header | undefined {
  const length = lengthAt(data, at + 1)
  return length && { tag: first & 0x3f, start: at + 1 + length.size, length: length.value }
}

/** The length that packets of the new format and subpackets of signatures begin with. */
function lengthAt(data: Buffer, at: number): { size: number; value: number } | undefined {
  const first = data[at]
  if (first === undefined) return undefined
  if (first < 192) return { size: 1, value: first }
  if (first < 224) return { size: 2, value: ((first - 192) << 8) + (data[at + 1] ?? 0) + 192 }
  return first === 255 && at + 5 <= data.length ? { size: 5, value: data.readUInt32BE(at + 1) } : undefined
}

/** When a key was certified by itself and how long it lives from its creation on (0: for ever); seconds. */
function selfSignature(body: Buffer): { signedAt: number; lifetime: number } | undefined {
  const type = body[1] ?? 0
  // 0x10 to 0x13 certify a user id, 0x1f the key itself; other types speak of subkeys and revocations.
  if (body[0] !== 4 || body.length < 6 || !((type >= 0x10 && type <= 0x13) || type === 0x1f)) return undefined
  const hashed = body.subarray(6, 6 + body.readUInt16BE(4))
  let signedAt = 0
  let lifetime = 0
  for (let at = 0; at < hashed.length;) {
    const length = lengthAt(hashed, at)
    if (length === undefined || length.value === 0) break
    const start = at + length.size
    const type = (hashed[start] ?? 0) & 0x7f
    if (type === 2 && start + 5 <= hashed.length) signedAt = hashed.readUInt32BE(start + 1)
    if (type === 9 && start + 5 <= hashed.length) lifetime = hashed.readUInt32BE(start + 1)
    at = start + length.value
  }
  return { signedAt, lifetime }
}
