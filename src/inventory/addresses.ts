import { isIPv4, isIPv6 } from 'node:net'

/** A machine on the way to the nodes, as `ssh -J` takes it; the user is the target's when it is undefined. */
export interface JumpHost {
  readonly user: string | undefined
  readonly host: string
  readonly port: number
}

export const acceptedHost = 'a DNS name, an IPv4 or an IPv6 address, without user and port'
export const acceptedJump = 'host, user@host or user@host:port, an IPv6 address in brackets'
export const acceptedUser = 'the name of a user, such as root or ubuntu'
export const acceptedPort = 'a port from 1 to 65535'

// No leading dash: a name must never be mistaken for an option, whatever program it is handed to.
const dnsName = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/
const userName = /^[^\s\p{C}@:/-][^\s\p{C}@:/]*$/u

/** The host in the form in which two spellings of one address are equal; undefined when it is none. Brackets are dropped. */
export function parseHost(value: string): string | undefined {
  const bare = /^\[(.+)\]$/.exec(value)?.[1] ?? value
  if (isIPv6(bare)) return bare.includes('%') ? bare : new URL(`http://[${bare}]`).hostname.slice(1, -1)
  if (bare !== value) return undefined
  if (/^[\d.]+$/.test(value)) return isIPv4(value) ? value : undefined
  return dnsName.test(value) && !value.includes('..') ? value.toLowerCase() : undefined
}

/** The user, or undefined when the text cannot be a user's name. */
export function parseUser(value: string): string | undefined {
  return userName.test(value) ? value : undefined
}

/** The port that a text names, or undefined. */
export function parsePort(value: string): number | undefined {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : 0
  return port >= 1 && port <= 65535 ? port : undefined
}

/** One jump host in the notation of `ssh -J`: `host`, `user@host`, `user@[2001:db8::1]:2222`; undefined when it is none. */
export function parseJump(value: string): JumpHost | undefined {
  const found = /^(?:([^@]*)@)?(\[[^\]]+\]|[^:[\]]+)(?::(\d+))?$/.exec(value)
  if (found === null) return undefined
  const [, userText, hostText = '', portText] = found
  const user = userText === undefined ? undefined : parseUser(userText)
  const host = parseHost(hostText)
  const port = portText === undefined ? 22 : parsePort(portText)
  if (host === undefined || port === undefined || (userText !== undefined && user === undefined))
    return undefined
  return { user, host, port }
}

/** Whether `value` can be the name of a Node object: an RFC 1123 subdomain. */
export function isNodeName(value: string): boolean {
  return (
    value.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(value)
  )
}
