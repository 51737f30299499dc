import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SshOverrides } from '../inventory/inventory.ts'
import { parseJumps, parsePortField, parseUserField } from './fields.ts'
import type { InputSource } from './inputs.ts'
import type { ProblemList } from './problem-list.ts'

/** What the SSH connections are made with. */
export interface SshInputs {
  /** Text of the private key, with line feeds and one at the end; undefined: the agent's keys only. */
  readonly privateKey: string | undefined
  readonly passphrase: string | undefined
  /** Text of the certificate for the key, or for one of the agent's. */
  readonly certificate: string | undefined
  /** SSH_AUTH_SOCK. */
  readonly agentSocket: string | undefined
  /** For sudo on nodes where it asks. */
  readonly sudoPassword: string | undefined
  readonly knownHosts: KnownHosts
}

/** Host keys in the format of known_hosts; `origin` names the input or file they come from, for messages. */
export interface KnownHosts {
  readonly text: string
  readonly origin: string
}

const secretInputs = [
  'ssh-private-key',
  'ssh-passphrase',
  'ssh-certificate',
  'ssh-sudo-password',
  'github-token',
] as const

// Shorter lines, such as the last one of a key in base64, would black out half of the log and give nothing away.
const shortestMasked = 8

/**
 * Has every secret masked, and every line of those with several: the log is masked line by line.
 * Comes before anything that could print.
 */
export function maskSecrets({ getInput, mask }: InputSource): void {
  for (const name of secretInputs) {
    const secret = getInput(name)
    if (secret === '') continue
    mask(secret)
    // A key pasted with "\n" for its line breaks is refused later, but is no less secret.
    const lines = secret.split(/\r?\n|\\n/).map((line) => line.trim())
    if (lines.length < 2) continue
    for (const line of lines) if (line.length >= shortestMasked && !line.startsWith('-----')) mask(line)
  }
}

/** Whether there is anything to authenticate with. */
export function hasKey({ getInput, env }: InputSource): boolean {
  return getInput('ssh-private-key') !== '' || (env['SSH_AUTH_SOCK'] ?? '') !== ''
}

/** Reads how to authenticate and whom to trust. Values of secrets never stand in a problem. */
export function readSshInputs(source: InputSource, problems: ProblemList): SshInputs | undefined {
  const { getInput, env } = source
  const agentSocket = env['SSH_AUTH_SOCK'] === '' ? undefined : env['SSH_AUTH_SOCK']
  const keyText = getInput('ssh-private-key')
  const privateKey = keyText === '' ? undefined : readKey(keyText, problems)
  if (keyText === '' && agentSocket === undefined)
    problems.add(
      'ssh-private-key',
      'is missing, and no agent answers in SSH_AUTH_SOCK; accepts the text of a private key',
    )
  const knownHosts = readKnownHosts(source, problems)
  const passphrase = getInput('ssh-passphrase')
  const sudoPassword = getInput('ssh-sudo-password')
  if (/[\r\n\0]/.test(sudoPassword))
    problems.add('ssh-sudo-password', 'got several lines; accepts one password, in one line')
  if (knownHosts === undefined) return undefined
  return {
    privateKey,
    passphrase: passphrase === '' ? undefined : passphrase,
    certificate: getInput('ssh-certificate') || undefined,
    agentSocket,
    sudoPassword: sudoPassword === '' ? undefined : sudoPassword,
    knownHosts,
  }
}

/** Reads ssh-user, ssh-port and ssh-jump; those that are not given leave it to the inventory. */
export function readSshOverrides({ getInput }: InputSource, problems: ProblemList): SshOverrides {
  const [user, port, jump] = [getInput('ssh-user'), getInput('ssh-port'), getInput('ssh-jump')]
  return {
    user: user === '' ? undefined : problems.take('ssh-user', parseUserField(user)),
    port: port === '' ? undefined : problems.take('ssh-port', parsePortField(port)),
    jump: jump === '' ? undefined : problems.take('ssh-jump', parseJumps(jump)),
  }
}

function readKey(text: string, problems: ProblemList): string | undefined {
  const key = `${text.replaceAll('\r\n', '\n').trim()}\n`
  if (/^-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\n[^]+\n-----END [A-Z0-9 ]*PRIVATE KEY-----\n$/.test(key))
    return key
  const got = /^(ssh-|ecdsa-|sk-)/.test(key)
    ? 'got a public key'
    : key.startsWith('-----BEGIN')
      ? 'got a key that is cut off or has lost its line breaks'
      : 'got something else'
  problems.add(
    'ssh-private-key',
    `${got}; accepts the whole text of a private key, from -----BEGIN to -----END, with its line breaks`,
  )
  return undefined
}

function readKnownHosts({ getInput, env }: InputSource, problems: ProblemList): KnownHosts | undefined {
  const text = getInput('ssh-known-hosts')
  if (text !== '') return { text, origin: 'ssh-known-hosts' }
  const file = env['HOME'] === undefined ? undefined : join(env['HOME'], '.ssh', 'known_hosts')
  const own = file === undefined ? '' : readIfThere(file)
  if (file !== undefined && own.trim() !== '') return { text: own, origin: file }
  problems.add(
    'ssh-known-hosts',
    "is missing, and the runner has no ~/.ssh/known_hosts of its own; accepts the nodes' host keys, as ssh-keyscan prints them (compare them with the nodes' own)",
  )
  return undefined
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
