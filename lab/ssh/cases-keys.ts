import { fails, works, type SshCase } from './case.ts'
import { keyKinds, sesame } from './keyring.ts'

export const keyCases: readonly SshCase[] = [
  ...keyKinds.flatMap((kind): SshCase[] => [
    {
      title: `key: ${kind}`,
      attempt: (keys) => ({ inputs: { 'ssh-private-key': keys.open[kind].privateKey } }),
      outcome: works,
    },
    {
      title: `key: ${kind}, encrypted`,
      attempt: (keys) => ({
        inputs: { 'ssh-private-key': keys.locked[kind].privateKey, 'ssh-passphrase': sesame },
      }),
      outcome: works,
    },
  ]),
  {
    title: 'key: encrypted, no passphrase',
    attempt: (keys) => ({ inputs: { 'ssh-private-key': keys.locked.ed25519.privateKey } }),
    outcome: fails('invalid-input', 'ssh-private-key is encrypted, and ssh-passphrase is empty.'),
  },
  {
    title: 'key: encrypted, wrong passphrase',
    attempt: (keys) => ({
      inputs: { 'ssh-private-key': keys.locked.ed25519.privateKey, 'ssh-passphrase': 'wrong' },
    }),
    outcome: fails('invalid-input', 'ssh-passphrase does not open ssh-private-key.'),
  },
  {
    title: 'key: not in authorized_keys',
    attempt: (keys) => ({ inputs: { 'ssh-private-key': keys.stranger.privateKey } }),
    outcome: fails('authentication-failed', 'did not accept the key of ssh-private-key'),
  },
  {
    title: 'agent: several keys, the last one fits',
    attempt: (keys) => ({
      agent: [keys.stranger, keys.second, keys.user],
      inputs: { 'ssh-private-key': '' },
    }),
    outcome: works,
  },
  {
    title: 'agent: more keys than MaxAuthTries before the one that fits',
    servers: [{ config: 'MaxAuthTries 2' }],
    attempt: (keys) => ({
      agent: [keys.stranger, keys.second, keys.user],
      inputs: { 'ssh-private-key': '' },
    }),
    outcome: fails('authentication-failed', 'did not accept the keys of the SSH agent'),
  },
]
