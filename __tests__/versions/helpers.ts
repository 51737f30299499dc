import fc from 'fast-check'
import { Failure } from '../../src/failure.ts'
import type { Offered } from '../../src/versions/hops.ts'
import type { NodeVersion } from '../../src/versions/skew.ts'
import { minorOf, parseVersion } from '../../src/versions/version.ts'
import type { Minor, Version } from '../../src/versions/version.ts'

/** A version literal. */
export function v(text: string): Version {
  const version = parseVersion(text)
  if (version === undefined) throw new Error(`Not a version: ${text}`)
  return version
}

/** API servers cp1, cp2, ... at these versions. */
export function apiServers(...versions: string[]): NodeVersion[] {
  return versions.map((text, index) => ({ node: `cp${index + 1}`, version: v(text) }))
}

/** What repositories offer: `offer('1.37.1', '1.37.2')`; a bare minor is a repository that offers nothing. */
export function offer(...texts: string[]): Offered {
  const offered = new Map<Minor, Version[]>()
  for (const text of texts) {
    if (/^\d+\.\d+$/.test(text)) offered.set(text as Minor, [])
    else offered.set(minorOf(v(text)), [...(offered.get(minorOf(v(text))) ?? []), v(text)])
  }
  return offered
}

/** Any version that is 1.20 to 1.49, pre-releases included. */
export function version(): fc.Arbitrary<Version> {
  return fc
    .tuple(
      fc.integer({ min: 20, max: 49 }),
      fc.nat(30),
      fc.constantFrom('', '', '', '-alpha.1', '-beta.0', '-rc.1'),
    )
    .map(([minor, patch, pre]) => v(`1.${minor}.${patch}${pre}`))
}

/** What a refused call says, as a person reads it. */
export function refusal(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const lines = [`${error.reason}: ${error.message}`]
    if (error.seen !== undefined) lines.push(`seen: ${error.seen}`)
    if (error.next !== undefined) lines.push(`next: ${error.next}`)
    return lines.join('\n')
  }
  throw new Error('Nothing was refused.')
}
