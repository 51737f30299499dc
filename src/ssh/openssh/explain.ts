import { Failure } from '../../failure.ts'
import { HungUp, unreachable, type Endpoint } from '../dial.ts'

/**
 * Why the system's ssh made no connection. Its exit code is 255 for every reason, so its words have to say it; what is not
 * recognised is `unreachable-node` with those words.
 * @param said what ssh printed at LogLevel DEBUG1
 * @param through the jump host, if there is one
 * @param tried what was offered to the server, for messages
 */
export function explainSsh(
  endpoint: Endpoint,
  said: string,
  through: string | undefined,
  tried: string,
): Error {
  const { host, port, user } = endpoint
  const words = said.split(/\r?\n/).filter((line) => line !== '' && !/^(debug\d:|@+$|OpenSSH_)/.test(line))
  const seen = words.slice(-6).join('\n')
  if (/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY/.test(said))
    return mistrusted(endpoint, said, seen)
  if (/Permission denied|Too many authentication failures|No more authentication methods/.test(said))
    return new Failure('authentication-failed', `${user}@${host} did not accept ${tried}.`, {
      seen,
      next: `Check that ${host} trusts who signed the certificate (TrustedUserCAKeys), that the certificate is for ${user}, and that the key fits.`,
    })
  const forward =
    /channel \d+: open failed: (.*)|stdio forwarding failed|stdio fwd request failed: (.*)/.exec(said)
  if (through !== undefined && forward !== null)
    return unreachable(endpoint, `${forward[1] ?? forward[2] ?? 'no way on'}, through jump host ${through}`)
  if (/kex_exchange_identification|banner exchange|Connection reset by|Connection closed by/.test(said))
    return new HungUp(
      `${words.at(-1) ?? 'no reason given'}${through === undefined ? '' : `, through jump host ${through}`}`,
    )
  const reason = /Connection refused|No route to host|Connection timed out|Could not resolve hostname/.exec(
    said,
  )
  const plain: Readonly<Record<string, string>> = {
    'Connection refused': 'connection refused',
    'No route to host': 'no route to the host',
    'Connection timed out': 'no answer',
    'Could not resolve hostname': 'the name does not exist',
  }
  return unreachable(
    { host, port, user },
    plain[reason?.[0] ?? ''] ?? (words.at(-1) || 'ssh ended without a word'),
  )
}

function mistrusted({ host, port }: Endpoint, said: string, seen: string): Failure {
  const shown = [...said.matchAll(/Server host (key|certificate): (.*)/g)].map(
    ([, what, text]) => `${what ?? ''} ${text ?? ''}`,
  )
  const details = {
    seen: [`${host} port ${port} showed ${shown.join(' and ') || 'a key'}`, seen].join('\n'),
    next: `Compare the fingerprint with "ssh-keygen -lf" of the key files in /etc/ssh on ${host}, then correct ssh-known-hosts: its key, or the @cert-authority line that signs it.`,
  }
  if (/REVOKED HOST KEY|marked as revoked|revoked/i.test(said))
    return new Failure('host-key-mismatch', `The host key of ${host} is revoked.`, details)
  const certificate = /Certificate invalid: (.*)/.exec(said)?.[1]
  if (certificate !== undefined)
    return new Failure(
      'host-key-mismatch',
      `The host certificate of ${host} is not valid: ${certificate}.`,
      details,
    )
  return /IDENTIFICATION HAS CHANGED/.test(said)
    ? new Failure('host-key-mismatch', `The host key of ${host} is not the one that is known.`, details)
    : new Failure('host-key-mismatch', `The host key of ${host} is not known.`, details)
}
