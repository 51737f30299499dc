import { certificateCases } from './cases-certificates.ts'
import { keyCases } from './cases-keys.ts'
import { fails, via, works, type SshCase } from './case.ts'
import { sesame } from './keyring.ts'
import type { KeyPair } from '../sim/keys.ts'

const hostCases: readonly SshCase[] = [
  {
    title: 'host key: unknown',
    attempt: () => ({ inputs: { 'ssh-known-hosts': '# none\n' } }),
    outcome: fails('host-key-mismatch', 'is not known.'),
  },
  {
    title: 'host key: another one than the known one',
    attempt: (keys, [node]) => ({
      inputs: { 'ssh-known-hosts': knownAs(node?.port ?? 0, keys.otherHost) },
    }),
    outcome: fails('host-key-mismatch', 'is not the one that is known.'),
  },
  {
    title: 'host key: known, and revoked',
    attempt: (keys, [node]) => ({
      inputs: { 'ssh-known-hosts': `${node?.known ?? ''}\n@revoked * ${keys.host.publicKey}\n` },
    }),
    outcome: fails('host-key-mismatch', 'is revoked.'),
  },
]

const jumpCases: readonly SshCase[] = [
  {
    title: 'jump host: one',
    servers: [{}, {}],
    attempt: (_keys, servers) => ({ inputs: { 'ssh-jump': via(servers) } }),
    outcome: works,
  },
  {
    title: 'jump hosts: two, each with another key, by an agent',
    servers: [{}, {}, { config: 'AuthorizedKeysFile /run/ssh-lab/second_keys' }],
    attempt: (keys, servers) => ({
      agent: [keys.user, keys.second],
      inputs: { 'ssh-private-key': '', 'ssh-jump': via(servers) },
    }),
    outcome: works,
  },
  {
    title: 'jump host: AllowTcpForwarding no',
    servers: [{}, { config: 'AllowTcpForwarding no' }],
    attempt: (_keys, servers) => ({ inputs: { 'ssh-jump': via(servers) } }),
    outcome: fails('unreachable-node', 'through jump host 127.0.0.1'),
  },
  {
    title: 'jump host: its host key unknown',
    servers: [{}, {}],
    attempt: (_keys, servers) => ({
      inputs: { 'ssh-jump': via(servers), 'ssh-known-hosts': `${servers[0]?.known ?? ''}\n` },
    }),
    outcome: fails('host-key-mismatch', 'is not known.'),
  },
]

const accountCases: readonly SshCase[] = [
  { title: 'user: root', outcome: works },
  {
    title: 'user: root, PermitRootLogin no',
    servers: [{ config: 'PermitRootLogin no' }],
    outcome: fails('authentication-failed', 'did not accept the key of ssh-private-key'),
  },
  { title: 'user: sudo without a password', attempt: () => ({ user: 'ops' }), outcome: works },
  {
    title: 'user: sudo with a password, none given',
    attempt: () => ({ user: 'asked' }),
    outcome: fails('authentication-failed', 'cannot become root'),
  },
  {
    title: 'user: sudo with a password',
    attempt: () => ({ user: 'asked', atOnce: 4, inputs: { 'ssh-sudo-password': sesame } }),
    outcome: works,
  },
  {
    title: 'user: sudo with a password, a wrong one',
    attempt: () => ({ user: 'asked', inputs: { 'ssh-sudo-password': 'wrong' } }),
    outcome: fails('authentication-failed', 'sudo: 1 incorrect password attempt'),
  },
  {
    title: 'user: sudo without a password, one given',
    attempt: () => ({ user: 'ops', inputs: { 'ssh-sudo-password': sesame } }),
    outcome: works,
  },
  {
    title: 'user: requiretty in sudoers',
    attempt: () => ({ user: 'teletype', inputs: { 'ssh-sudo-password': sesame } }),
    outcome: fails('authentication-failed', 'sudo: sorry, you must have a tty to run sudo'),
  },
  {
    title: 'user: not in sudoers',
    attempt: () => ({ user: 'nosudo' }),
    outcome: fails('authentication-failed', 'cannot become root'),
  },
  { title: 'user: login shell fish', attempt: () => ({ user: 'fish' }), outcome: works },
  { title: 'user: login shell csh', attempt: () => ({ user: 'csh' }), outcome: works },
  {
    title: 'user: start-up files of the shell that print',
    attempt: () => ({ user: 'noisy' }),
    outcome: works,
  },
  {
    title: 'user: login shell nologin',
    attempt: () => ({ user: 'nologin' }),
    outcome: fails('authentication-failed', 'This account is currently not available.'),
  },
]

const serverCases: readonly SshCase[] = [
  {
    title: 'sshd: MaxSessions 1, several commands at once',
    servers: [{ config: 'MaxSessions 1' }],
    attempt: () => ({ atOnce: 8 }),
    outcome: works,
  },
  {
    title: 'sshd: MaxSessions 0',
    servers: [{ config: 'MaxSessions 0' }],
    outcome: fails('unreachable-node', 'opens no more sessions'),
  },
  {
    title: 'sshd: MaxStartups 1, several runs at once',
    servers: [{ config: 'MaxStartups 1' }],
    attempt: () => ({ runs: 4 }),
    outcome: works,
  },
  {
    title: 'sshd: a login that takes 5 s',
    servers: [
      {
        config:
          'AuthorizedKeysFile none\nAuthorizedKeysCommand /run/ssh-lab/slow-keys 5\nAuthorizedKeysCommandUser root',
      },
    ],
    outcome: works,
  },
  {
    title: 'sshd: a login that takes longer than timeouts.connect of the policy',
    servers: [
      {
        config:
          'AuthorizedKeysFile none\nAuthorizedKeysCommand /run/ssh-lab/slow-keys 20\nAuthorizedKeysCommandUser root',
      },
    ],
    attempt: () => ({ inputs: { policy: 'timeouts:\n  connect: 2s\n' } }),
    outcome: fails('unreachable-node', 'the SSH handshake was not finished in time'),
  },
  { title: 'sshd: Banner', servers: [{ config: 'Banner /run/ssh-lab/banner' }], outcome: works },
  {
    title: 'sshd: only passwords',
    servers: [{ config: 'PubkeyAuthentication no\nPasswordAuthentication yes' }],
    outcome: fails('authentication-failed', 'did not accept the key of ssh-private-key'),
  },
  {
    title: 'sshd: ForceCommand of its own',
    servers: [{ config: 'ForceCommand /bin/echo no commands here' }],
    outcome: fails('authentication-failed', 'no commands here'),
  },
  {
    title: 'sshd: port where nothing listens',
    attempt: () => ({ host: '127.0.0.9' }),
    outcome: fails('unreachable-node', 'connection refused'),
  },
  { title: 'machine: read-only /tmp', servers: [{ tmp: 'ro' }], outcome: works },
  { title: 'machine: noexec /tmp', servers: [{ tmp: 'noexec' }], outcome: works },
]

export const sshCases: readonly SshCase[] = [
  ...keyCases,
  ...hostCases,
  ...certificateCases,
  ...jumpCases,
  ...accountCases,
  ...serverCases,
]

function knownAs(port: number, key: KeyPair): string {
  return `[127.0.0.1]:${port} ${key.publicKey}\n`
}

/** The table of docs/networking.md. */
export function sshTableRows(): string[][] {
  return sshCases.map(({ title, outcome }) => [
    title,
    'works' in outcome
      ? 'works'
      : `[\`${outcome.reason}\`](failure-reasons.md#${outcome.reason}): …${outcome.says.replace(/\.$/, '')}…`,
  ])
}
