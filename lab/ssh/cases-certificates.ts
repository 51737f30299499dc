import { fails, via, works, type SshCase } from './case.ts'
import { sesame, type Keyring } from './keyring.ts'
import type { KeyPair } from '../sim/keys.ts'

export const certificateCases: readonly SshCase[] = [
  {
    title: 'certificate of the user',
    attempt: (keys) => ({ inputs: certified(keys, ['-n', 'root', '-V', '-1h:+1h']), atOnce: 6 }),
    outcome: works,
  },
  {
    title: 'certificate of the user, the key in an agent',
    attempt: (keys) => ({
      agent: [keys.stranger],
      inputs: { ...certified(keys, ['-n', 'root', '-V', '-1h:+1h']), 'ssh-private-key': '' },
    }),
    outcome: works,
  },
  {
    title: 'certificate of the user, the key encrypted',
    attempt: (keys) => ({
      inputs: {
        'ssh-private-key': keys.lockedStranger.privateKey,
        'ssh-passphrase': sesame,
        'ssh-certificate': keys.certify(keys.userAuthority, keys.lockedStranger, [
          '-I',
          'ci',
          '-n',
          'root',
          '-V',
          '-1h:+1h',
        ]),
      },
    }),
    outcome: works,
  },
  {
    title: 'certificate of the user, through two jump hosts',
    servers: [{}, {}, {}],
    attempt: (keys, servers) => ({
      inputs: { ...certified(keys, ['-n', 'root', '-V', '-1h:+1h']), 'ssh-jump': via(servers) },
    }),
    outcome: works,
  },
  {
    title: 'certificate of the user, sudo with a password',
    attempt: (keys) => ({
      user: 'asked',
      inputs: { ...certified(keys, ['-n', 'asked', '-V', '-1h:+1h']), 'ssh-sudo-password': sesame },
    }),
    outcome: works,
  },
  {
    title: 'certificate of the user, MaxSessions 1',
    servers: [{ config: 'MaxSessions 1' }],
    attempt: (keys) => ({ inputs: certified(keys, ['-n', 'root', '-V', '-1h:+1h']), atOnce: 6 }),
    outcome: works,
  },
  {
    title: 'certificate of the user, expired',
    attempt: (keys) => ({ inputs: certified(keys, ['-n', 'root', '-V', '-2h:-1h']) }),
    outcome: fails('invalid-input', 'has expired at'),
  },
  {
    title: 'certificate of the user, for another user',
    attempt: (keys) => ({ inputs: certified(keys, ['-n', 'ops', '-V', '-1h:+1h']) }),
    outcome: fails('authentication-failed', 'did not accept the certificate "ci" for ops'),
  },
  {
    title: 'certificate of the user, for another key',
    attempt: (keys) => ({
      inputs: { ...certified(keys, ['-n', 'root']), 'ssh-private-key': keys.second.privateKey },
    }),
    outcome: fails('invalid-input', 'it is for another key than ssh-private-key'),
  },
  {
    title: 'certificate of the user, of an authority that the server does not trust',
    attempt: (keys) => ({
      inputs: {
        ...certified(keys, ['-n', 'root']),
        'ssh-certificate': keys.certify(keys.hostAuthority, keys.stranger, ['-I', 'ci', '-n', 'root']),
      },
    }),
    outcome: fails('authentication-failed', 'did not accept the certificate'),
  },
  {
    title: 'certificate of the host, its authority known',
    attempt: (keys) => ({ inputs: { 'ssh-known-hosts': authority(keys.hostAuthority) } }),
    outcome: works,
  },
  {
    title: 'certificate of the host, another authority known',
    attempt: (keys) => ({ inputs: { 'ssh-known-hosts': authority(keys.userAuthority) } }),
    outcome: fails('host-key-mismatch', 'is not known.'),
  },
  {
    title: 'certificate of the host, for another name',
    attempt: (keys) => ({
      host: 'localhost',
      inputs: { 'ssh-known-hosts': authority(keys.hostAuthority) },
    }),
    outcome: fails('host-key-mismatch', 'is not valid: name is not a listed principal'),
  },
  {
    title: 'certificate of the host, its key revoked',
    attempt: (keys) => ({
      inputs: { 'ssh-known-hosts': `${authority(keys.hostAuthority)}@revoked * ${keys.host.publicKey}\n` },
    }),
    outcome: fails('host-key-mismatch', 'is revoked.'),
  },
]

function certified(keys: Keyring, options: readonly string[]): Record<string, string> {
  return {
    'ssh-private-key': keys.stranger.privateKey,
    'ssh-certificate': keys.certify(keys.userAuthority, keys.stranger, ['-I', 'ci', ...options]),
  }
}

function authority(key: KeyPair): string {
  return `@cert-authority * ${key.publicKey}\n`
}
