import { connect as connectSocket, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client, ServerHostKeyAlgorithm } from 'ssh2'
import { Failure } from '../failure.ts'
import type { PrivateKey } from './keys.ts'
import { fingerprint, keyType, knownHostsLine, type KnownHosts, type Verdict } from './known-hosts.ts'

/** An SSH server and the account on it. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly user: string
}

/** What is needed to trust a host and to be let in. At least one of `privateKey` and `agent` is set. */
export interface Access {
  readonly privateKey?: PrivateKey
  /** Path of the agent's socket, as in SSH_AUTH_SOCK. */
  readonly agent?: string
  readonly knownHosts: KnownHosts
}

/** The server hung up before authentication, as sshd does beyond MaxStartups: worth another try. */
export class HungUp extends Error {}

/**
 * Opens a TCP connection.
 * @throws {Failure} `unreachable-node`
 * @throws {HungUp}
 */
export function openSocket(endpoint: Endpoint, timeout: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // Nagle's algorithm would cost 40 to 80 ms per command: neither SSH library turns it off.
    const socket = connectSocket({ host: endpoint.host, port: endpoint.port, noDelay: true })
    const fail = (error: Error): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const late = (): void => fail(unreachable(endpoint, `no answer within ${timeout / 1000} s`))
    const timer = setTimeout(late, timeout)
    const onError = (error: NodeJS.ErrnoException): void =>
      fail(
        error.code === 'ECONNRESET' ? new HungUp(error.message) : unreachable(endpoint, networkReason(error)),
      )
    socket.once('error', onError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', onError)
      resolve(socket)
    })
  })
}

/**
 * Shakes hands with an SSH server over `transport`: host key, then authentication.
 * @throws {Failure} `host-key-mismatch`, `authentication-failed`, `unreachable-node`
 * @throws {HungUp} when the server closed the connection before authentication
 */
export async function handshake(
  endpoint: Endpoint,
  transport: Duplex,
  access: Access,
  times: { connectTimeout: number; keepAlive: number },
): Promise<Client> {
  let refused: Failure | undefined
  let verified = false
  const ssh = new NodeSSH()
  const ready = ssh.connect({
    host: endpoint.host,
    port: endpoint.port,
    username: endpoint.user,
    sock: transport,
    privateKey: access.privateKey?.text,
    passphrase: access.privateKey?.passphrase,
    agent: access.agent,
    readyTimeout: times.connectTimeout,
    keepaliveInterval: times.keepAlive,
    keepaliveCountMax: 3,
    algorithms: { serverHostKey: hostKeyOrder(access.knownHosts.keyTypes(endpoint.host, endpoint.port)) },
    hostVerifier: (key: Buffer) => {
      const verdict = access.knownHosts.check(endpoint.host, endpoint.port, key)
      verified = verdict.result === 'match'
      if (!verified) refused = mistrust(endpoint, key, verdict)
      return verified
    },
  })
  const client = ssh.connection
  // node-ssh takes its own handler away once it is ready; an error without one would end the process.
  client?.on('error', () => undefined)
  client?.setMaxListeners(0)
  try {
    await ready
    if (client === null) throw new Error('the connection ended at once')
    return client
  } catch (error) {
    client?.destroy()
    transport.destroy()
    throw refused ?? explain(endpoint, access, error, verified)
  }
}

/** All host key types that the library can check, the known ones first: the server shows the first it has. */
function hostKeyOrder(known: readonly string[]): ServerHostKeyAlgorithm[] {
  const all: ServerHostKeyAlgorithm[] = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ]
  const isKnown = (algorithm: string): boolean =>
    known.includes(algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm)
  return [...all.filter(isKnown), ...all.filter((algorithm) => !isKnown(algorithm))]
}

function mistrust(endpoint: Endpoint, key: Buffer, verdict: Verdict): Failure {
  const { host, port } = endpoint
  const seen = `${host} port ${port} showed ${keyType(key) ?? 'a key'} ${fingerprint(key)}`
  const compare = `Compare it with "ssh-keygen -lf /etc/ssh/ssh_host_${shortType(key)}_key.pub" on the host itself`
  const line = `${compare}; if it is the same, add this line to ssh-known-hosts: ${knownHostsLine(host, port, key)}`
  switch (verdict.result) {
    case 'changed': {
      const known = verdict.known.map((k) => `line ${k.line}: ${k.type} ${fingerprint(k.blob)}`).join('\n')
      return new Failure('host-key-mismatch', `The host key of ${host} is not the one that is known.`, {
        seen: `${seen}\nssh-known-hosts has for it:\n${known}`,
        next: `Somebody may be in between, or the host was set up anew. ${line}`,
      })
    }
    case 'revoked':
      return new Failure('host-key-mismatch', `The host key of ${host} is revoked.`, {
        seen: `${seen}\nssh-known-hosts revokes it in line ${verdict.line}`,
        next: 'Give the host new keys; a revoked key must not be used again.',
      })
    case 'certificate-authority':
      return new Failure('host-key-mismatch', `The host key of ${host} cannot be checked by a certificate.`, {
        seen: `${seen}\nssh-known-hosts covers the host by "@cert-authority" in line ${verdict.line} only`,
        next: `Host certificates are not supported. ${line}`,
      })
    default:
      return new Failure('host-key-mismatch', `The host key of ${host} is not known.`, { seen, next: line })
  }
}

function shortType(key: Buffer): string {
  const type = keyType(key) ?? ''
  if (type.startsWith('ecdsa')) return 'ecdsa'
  return type === 'ssh-rsa' ? 'rsa' : 'ed25519'
}

function explain(endpoint: Endpoint, access: Access, error: unknown, verified: boolean): Error {
  const { level, code, message } = error as NodeJS.ErrnoException & { level?: string }
  // With many keys in an agent sshd hangs up with these words, beyond its MaxAuthTries.
  if (level === 'client-authentication' || /too many authentication failures/i.test(message))
    return notLetIn(endpoint, access, message)
  if (level === 'agent') {
    return new Failure(
      'authentication-failed',
      `The SSH agent cannot be used for ${endpoint.host}: ${message}.`,
      {
        next: 'Check that an agent runs where SSH_AUTH_SOCK points, or set ssh-private-key.',
      },
    )
  }
  if (level === 'client-timeout' || (verified && code === 'ETIMEDOUT')) {
    return unreachable(endpoint, `the SSH handshake was not finished in time (${message})`)
  }
  const hungUp = level === 'client-socket' || /before handshake|No response from server/.test(message)
  if (hungUp) return new HungUp(message)
  return unreachable(endpoint, message)
}

function notLetIn(endpoint: Endpoint, access: Access, message: string): Failure {
  const tried = [
    access.privateKey === undefined
      ? undefined
      : `the key of ssh-private-key (${access.privateKey.type} ${access.privateKey.fingerprint})`,
    access.agent === undefined ? undefined : 'the keys of the SSH agent',
  ].filter((method) => method !== undefined)
  const account = `${endpoint.user}@${endpoint.host}`
  return new Failure('authentication-failed', `${account} did not accept ${tried.join(' or ')}.`, {
    seen: message,
    next: `Add the public key to ~/.ssh/authorized_keys of ${endpoint.user} on ${endpoint.host}, or set ssh-user.`,
  })
}

/** A Failure for a host that no SSH connection can be made to. */
export function unreachable(endpoint: Endpoint, reason: string): Failure {
  const where = `${endpoint.host} port ${endpoint.port}`
  return new Failure('unreachable-node', `No SSH connection to ${where}: ${reason}.`, {
    seen: reason,
    next: 'Check that the host is up, that its address and port in the inventory are right, and the firewall.',
  })
}

function networkReason(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused'
    case 'ENOTFOUND':
      return 'the name does not exist'
    case 'EAI_AGAIN':
      return 'the name could not be looked up'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'no route to the host'
    case 'ETIMEDOUT':
      return 'no answer'
    default:
      return error.message
  }
}
