import * as core from '@actions/core'

const known = new Set<string>()

/** Shorter texts stand in everything by chance. */
const shortest = 6

/** Keeps a text out of the log, by the runner, and out of everything that `redact` is asked for. */
export function keepSecret(secret: string): void {
  core.setSecret(secret)
  if (secret.length >= shortest) known.add(secret)
}

/**
 * `text` without the secrets. The runner masks its log and the summary; files, which become artifacts, and comments on pull
 * requests are masked by nobody else.
 */
export function redact(text: string): string {
  // The longest first: a whole key before its lines.
  const secrets = [...known].toSorted((a, b) => b.length - a.length)
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}
