import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A key pair as OpenSSH writes it. */
export interface KeyPair {
  readonly file: string
  readonly privateKey: string
  /** The line of the .pub file. */
  readonly publicKey: string
}

/**
 * Makes a key pair with ssh-keygen, in `folder` under `name`. (ssh2's own generator makes one malformed ed25519 key in
 * 250.)
 * @param options more arguments of ssh-keygen, such as `['-t', 'rsa', '-b', '2048']`
 */
export function generateKey(
  folder: string,
  name: string,
  options = ['-t', 'ed25519'],
  passphrase = '',
): KeyPair {
  const file = join(folder, name)
  // One round to derive the key of a passphrase: these keys protect nothing.
  execFileSync('ssh-keygen', ['-q', '-a', '1', ...options, '-N', passphrase, '-C', name, '-f', file], {
    stdio: 'pipe',
  })
  return {
    file,
    privateKey: readFileSync(file, 'utf8'),
    publicKey: readFileSync(`${file}.pub`, 'utf8').trim(),
  }
}

/** The line of known_hosts for a server with this key. */
export function knownHostsEntry(address: string, port: number, key: KeyPair): string {
  const [type, blob] = key.publicKey.split(' ')
  return `${port === 22 ? address : `[${address}]:${port}`} ${type ?? ''} ${blob ?? ''}`
}
