import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** A host key that a line of known_hosts holds: `blob` is the key in SSH wire format. */
export interface KnownKey {
  readonly line: number
  readonly type: string
  readonly blob: Buffer
}

/** A line that could not be used. `line` counts from 1. */
export interface Problem {
  readonly line: number
  readonly message: string
}

/** What known_hosts says about a key that a host showed. */
export type Verdict =
  | { readonly result: 'match' }
  | { readonly result: 'unknown' }
  | { readonly result: 'changed'; readonly known: readonly KnownKey[] }
  | { readonly result: 'revoked'; readonly line: number }
  | { readonly result: 'certificate-authority'; readonly line: number }

/** The host keys that are trusted. Hosts are names or addresses as in the inventory, never resolved. */
export interface KnownHosts {
  /** Whether `key` (wire format) is a known key of the host. A revoked key is revoked for whatever else is known. */
  check(host: string, port: number, key: Buffer): Verdict
  /** Key types known for the host, in the file's order: what the server is to be asked for first. */
  keyTypes(host: string, port: number): readonly string[]
  /** Whether there is an authority that signs host keys, for whatever hosts. */
  readonly authorities: boolean
}

/** The names of hosts; or, for patterns and hashes, whether a name is one of them. */
type Hosts = readonly string[] | ((name: string) => boolean)

interface Entry extends KnownKey {
  readonly marker: '' | '@revoked' | '@cert-authority'
  readonly hosts: Hosts
}

/**
 * Reads the text of a known_hosts file, in the format of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
 * @returns the hosts of the good lines and the problems of the bad ones; never throws.
 */
export function parseKnownHosts(text: string): { hosts: KnownHosts; problems: Problem[] } {
  const entries: Entry[] = []
  const problems: Problem[] = []
  text.split(/\r?\n/).forEach((raw, index) => {
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) return
    const parsed = parseLine(content, index + 1)
    if (typeof parsed === 'string') problems.push({ line: index + 1, message: parsed })
    else entries.push(parsed)
  })
  return { hosts: matcher(entries), problems }
}

/** SHA-256 fingerprint of a key in wire format, as `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The line that makes `key` known, as `ssh-keyscan` prints it. */
export function knownHostsLine(host: string, port: number, key: Buffer): string {
  return `${lookupName(host, port)} ${keyType(key) ?? 'unknown'} ${key.toString('base64')}`
}

/** The key type that a key in wire format names, such as `ssh-ed25519`; undefined if it is no key. */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 4) return undefined
  const length = key.readUInt32BE(0)
  if (length === 0 || length > 64 || key.length < 4 + length) return undefined
  return key.toString('latin1', 4, 4 + length)
}

/** The entries of a host by its name in known_hosts, in the file's order: thousands of hosts do not each try all lines. */
function index(entries: readonly Entry[]): (name: string) => Entry[] {
  const named = Map.groupBy(
    entries.flatMap((entry) =>
      typeof entry.hosts === 'function' ? [] : [...new Set(entry.hosts)].map((name) => ({ name, entry })),
    ),
    ({ name }) => name,
  )
  const others = entries.flatMap((entry) =>
    typeof entry.hosts === 'function' ? [{ entry, covers: entry.hosts }] : [],
  )
  return (name) => {
    const own = named.get(name)?.map(({ entry }) => entry) ?? []
    const more = others.flatMap(({ entry, covers }) => (covers(name) ? [entry] : []))
    return [...own, ...more].toSorted((a, b) => a.line - b.line)
  }
}

function matcher(entries: readonly Entry[]): KnownHosts {
  const find = index(entries)
  const covering = (host: string, port: number): Entry[] => {
    const exact = find(lookupName(host, port))
    // As ssh does: a host on another port that is not known itself may show the key of the host's plain name.
    if (port === 22 || exact.some((entry) => entry.marker !== '@revoked')) return exact
    return [...exact, ...find(lookupName(host, 22))]
  }
  const isKnown = (host: string, port: number): boolean =>
    find(lookupName(host, port)).some((entry) => entry.marker === '')

  return {
    authorities: entries.some((entry) => entry.marker === '@cert-authority'),
    check(host, port, key) {
      const lines = covering(host, port)
      const same = lines.filter((entry) => entry.blob.equals(key))
      const revoked = same.find((entry) => entry.marker === '@revoked')
      if (revoked !== undefined) return { result: 'revoked', line: revoked.line }
      if (same.some((entry) => entry.marker === '')) return { result: 'match' }
      const known = lines.filter((entry) => entry.marker === '')
      if (known.length > 0 && isKnown(host, port)) return { result: 'changed', known }
      const authority = lines.find((entry) => entry.marker === '@cert-authority')
      if (authority !== undefined) return { result: 'certificate-authority', line: authority.line }
      return { result: 'unknown' }
    },
    keyTypes(host, port) {
      const known = covering(host, port).filter((entry) => entry.marker === '')
      return [...new Set(known.map((entry) => entry.type))]
    },
  }
}

/** How known_hosts calls a host: bare on port 22, else `[host]:port`; always lower case. */
function lookupName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** The entry, or what is wrong with the line. */
function parseLine(content: string, line: number): Entry | string {
  const fields = content.split(/[ \t]+/)
  let marker: Entry['marker'] = ''
  if (fields[0]?.startsWith('@') === true) {
    const word = fields.shift()
    if (word !== '@revoked' && word !== '@cert-authority') return `unknown marker "${String(word)}"`
    marker = word
  }
  const [patterns, type, key] = fields
  if (patterns === undefined || type === undefined || key === undefined) {
    return 'expected: host names, key type, key'
  }
  if (/^\d+$/.test(type)) return 'a key of SSH protocol 1, which no server uses any more'
  const blob = Buffer.from(key, 'base64')
  const found = /^[A-Za-z0-9+/]+=*$/.test(key) ? keyType(blob) : undefined
  if (found === undefined) return `the key after "${type}" is not a base64 public key`
  if (found !== type) return `the line says "${type}", but the key in it is of type "${found}"`
  const hosts = compilePatterns(patterns)
  return typeof hosts === 'string' ? hosts : { marker, line, type, blob, hosts }
}

function compilePatterns(patterns: string): Hosts | string {
  if (patterns.startsWith('|')) return compileHash(patterns)
  const list = patterns.toLowerCase().split(',').filter(Boolean)
  if (list.length === 0) return 'no host name'
  if (!list.some((word) => /[!*?]/.test(word))) return list
  const negative = list.filter((word) => word.startsWith('!')).map((word) => wildcard(word.slice(1)))
  const positive = list.filter((word) => !word.startsWith('!')).map(wildcard)
  // A negated pattern that matches takes the whole line out, wherever in the list it stands.
  return (name) =>
    !negative.some((pattern) => pattern.test(name)) && positive.some((pattern) => pattern.test(name))
}

function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
}

function compileHash(field: string): Hosts | string {
  const [, magic, salt, hash, ...rest] = field.split('|')
  if (magic !== '1' || salt === undefined || hash === undefined || rest.length > 0) {
    return 'a hashed host name has the form |1|salt|hash'
  }
  const wanted = Buffer.from(hash, 'base64')
  if (wanted.length !== 20) return 'a hashed host name has the form |1|salt|hash'
  const secret = Buffer.from(salt, 'base64')
  return (name) => timingSafeEqual(createHmac('sha1', secret).update(name).digest(), wanted)
}
