import { describeUnsupported } from './skew.ts'
import { minorOf, parseMinor, parseVersion, readVersion } from './version.ts'
import type { Minor, Version } from './version.ts'

/** What the input `version` asks for; `resolve.ts` turns it into a Version that the repositories offer. */
export type VersionRequest =
  | { readonly kind: 'exact'; readonly version: Version }
  | { readonly kind: 'minor'; readonly minor: Minor }
  | { readonly kind: 'patch' }
  | { readonly kind: 'latest' }

export const acceptedRequests =
  'v1.37.1 or 1.37.1 (exactly this one), 1.37 (newest patch of it), patch (newest patch of the running minor) or latest (newest stable that the repositories offer)'

/**
 * Parses the input `version`. Never throws, so that its problem can be reported together with those of other inputs:
 * `problem` says what was got and what is accepted, without the name of the input.
 */
export function parseRequest(text: string): { request: VersionRequest } | { problem: string } {
  const value = text.trim()
  if (value === 'patch' || value === 'latest') return { request: { kind: value } }
  const version = parseVersion(value)
  const minor = version === undefined ? parseMinor(value) : minorOf(version)
  if (minor === undefined) return { problem: describeUnreadable(value) }
  const unsupported = describeUnsupported(minor)
  if (unsupported !== undefined) return { problem: `got ${JSON.stringify(value)}; ${unsupported}` }
  return { request: version === undefined ? { kind: 'minor', minor } : { kind: 'exact', version } }
}

/** The request as a person would write it, for messages: `v1.37.1`, `1.37`, `patch`, `latest`. */
export function formatRequest(request: VersionRequest): string {
  switch (request.kind) {
    case 'exact':
      return request.version
    case 'minor':
      return request.minor
    default:
      return request.kind
  }
}

function describeUnreadable(value: string): string {
  const meant = readVersion(value)
  const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`
  return `got ${JSON.stringify(value)}${hint}; accepts ${acceptedRequests}`
}
