import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKey, type KeyPair } from '../sim/keys.ts'

/** The passphrase of all locked keys and the password of the users that have one. */
export const sesame = 'open sesame'

const types = {
  ed25519: ['-t', 'ed25519'],
  'ECDSA 256': ['-t', 'ecdsa', '-b', '256'],
  'ECDSA 384': ['-t', 'ecdsa', '-b', '384'],
  'ECDSA 521': ['-t', 'ecdsa', '-b', '521'],
  RSA: ['-t', 'rsa', '-b', '2048'],
} as const

/** Formats of the file, of a key of one of the types. */
const kinds = {
  ed25519: ['ed25519'],
  'ECDSA 256': ['ECDSA 256'],
  'ECDSA 384': ['ECDSA 384'],
  'ECDSA 521': ['ECDSA 521'],
  RSA: ['RSA'],
  'RSA in PEM': ['RSA', 'PEM'],
  'ECDSA in PEM': ['ECDSA 256', 'PEM'],
  'RSA in PKCS#8': ['RSA', 'PKCS8'],
  'ECDSA in PKCS#8': ['ECDSA 384', 'PKCS8'],
} as const

export type Kind = keyof typeof kinds
export const keyKinds = Object.keys(kinds) as Kind[]

/** The keys of all cases; their files are in one folder. */
export interface Keyring {
  /** The usual key of the user. */
  readonly user: KeyPair
  /** Keys of every kind that open the machine, without and with a passphrase. */
  readonly open: Readonly<Record<Kind, KeyPair>>
  readonly locked: Readonly<Record<Kind, KeyPair>>
  /** Opens nothing, but for a certificate. */
  readonly stranger: KeyPair
  readonly lockedStranger: KeyPair
  readonly second: KeyPair
  readonly host: KeyPair
  readonly otherHost: KeyPair
  readonly userAuthority: KeyPair
  readonly hostAuthority: KeyPair
  /** A certificate for a public key, signed by `authority`, as ssh-keygen -s does it with these options. */
  certify(authority: KeyPair, key: KeyPair, options: readonly string[]): string
}

export function keyring(folder: string): Keyring {
  const make = (name: string, options?: readonly string[], passphrase?: string): KeyPair =>
    generateKey(
      folder,
      name.replaceAll(/\W+/g, '-'),
      options === undefined ? undefined : [...options],
      passphrase,
    )
  const originals = Object.fromEntries(
    Object.entries(types).map(([type, options]) => [type, make(type, options)]),
  ) as Record<keyof typeof types, KeyPair>
  // One key of a type in all its formats: making an RSA key takes long.
  const all = (passphrase: string): Record<Kind, KeyPair> =>
    Object.fromEntries(
      Object.entries(kinds).map(([kind, [type, format]]) => [
        kind,
        inFormat(
          originals[type],
          join(folder, `${kind} ${passphrase}`.replaceAll(/\W+/g, '-')),
          passphrase,
          format,
        ),
      ]),
    ) as Record<Kind, KeyPair>
  const [user, stranger, second, host, otherHost] = ['user', 'stranger', 'second', 'host', 'other-host'].map(
    (name) => make(name),
  ) as [KeyPair, KeyPair, KeyPair, KeyPair, KeyPair]
  const [userAuthority, hostAuthority] = [make('user-ca'), make('host-ca')]
  const [open, locked] = [all(''), all(sesame)]
  const lockedStranger = make('locked-stranger', undefined, sesame)
  const accepted = [user, ...Object.values(originals)]
  writeFileSync(join(folder, 'authorized_keys'), accepted.map(({ publicKey }) => `${publicKey}\n`).join(''))
  writeFileSync(join(folder, 'second_keys'), `${second.publicKey}\n`)
  let serial = 0
  const certify = (authority: KeyPair, key: KeyPair, options: readonly string[]): string => {
    const copy = join(folder, `certified-${++serial}`)
    writeFileSync(`${copy}.pub`, `${key.publicKey}\n`)
    execFileSync('ssh-keygen', ['-q', '-s', authority.file, ...options, `${copy}.pub`], { stdio: 'pipe' })
    return readFileSync(`${copy}-cert.pub`, 'utf8')
  }
  writeFileSync(
    join(folder, 'host-cert.pub'),
    certify(hostAuthority, host, ['-h', '-I', 'host', '-n', '127.0.0.1', '-V', '-1d:+1d']),
  )
  return {
    user,
    open,
    locked,
    stranger,
    lockedStranger,
    second,
    host,
    otherHost,
    userAuthority,
    hostAuthority,
    certify,
  }
}

function inFormat(key: KeyPair, file: string, passphrase: string, format: string | undefined): KeyPair {
  writeFileSync(file, key.privateKey, { mode: 0o600 })
  const options = format === undefined ? [] : ['-m', format]
  execFileSync('ssh-keygen', ['-q', '-p', '-a', '1', ...options, '-P', '', '-N', passphrase, '-f', file], {
    stdio: 'pipe',
  })
  return { file, privateKey: readFileSync(file, 'utf8'), publicKey: key.publicKey }
}

/** An ssh-agent with some keys. */
export async function startAgent(
  folder: string,
  keys: readonly Pick<KeyPair, 'file'>[],
): Promise<{ socket: string; agent: ChildProcess }> {
  const socket = join(folder, `agent-${Math.random().toString(36).slice(2)}`)
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 10))
  execFileSync('ssh-add', ['-q', ...keys.map(({ file }) => file)], {
    env: { SSH_AUTH_SOCK: socket },
    stdio: 'pipe',
  })
  return { socket, agent }
}
