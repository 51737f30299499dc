import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import semver from 'semver'
import { Failure } from '../../src/failure.ts'
import type { VersionRequest } from '../../src/versions/request.ts'
import { minorsToRead, resolve } from '../../src/versions/resolve.ts'
import type { Resolved } from '../../src/versions/resolve.ts'
import type { NodeVersion } from '../../src/versions/skew.ts'
import type { Minor, Version } from '../../src/versions/version.ts'
import { v } from './helpers.ts'

const minorNumber = fc.integer({ min: 30, max: 40 })
const patch = fc.nat(4)
const someVersion = fc.tuple(minorNumber, patch).map(([minor, number]) => v(`1.${minor}.${number}`))

/** Control planes as they really occur: one version, or two that are a minor or less apart, half-way through an upgrade. */
const controlPlanes = fc
  .tuple(minorNumber, fc.array(fc.tuple(fc.nat(1), patch), { minLength: 1, maxLength: 5 }))
  .map(([minor, nodes]): NodeVersion[] =>
    nodes.map(([ahead, number], index) => ({
      node: `cp${index}`,
      version: v(`1.${minor + ahead}.${number}`),
    })),
  )

const request = fc.oneof(
  someVersion.map((version): VersionRequest => ({ kind: 'exact', version })),
  minorNumber.map((minor): VersionRequest => ({ kind: 'minor', minor: `1.${minor}` })),
  fc.constantFrom<VersionRequest>({ kind: 'patch' }, { kind: 'latest' }),
)

const shelf = fc.array(
  fc.oneof(
    someVersion,
    minorNumber.map((minor) => v(`1.${minor}.0-rc.0`)),
  ),
  { maxLength: 60 },
)

/** The answer, or undefined when it was refused; only the minors that were asked for are read, as the plan does it. */
function answer(wanted: VersionRequest, running: NodeVersion[], shelved: Version[]): Resolved | undefined {
  const offered = new Map<Minor, Version[]>()
  for (const minor of minorsToRead(wanted, running)) {
    offered.set(
      minor,
      shelved.filter((one) => one.startsWith(`v${minor}.`)),
    )
  }
  try {
    return resolve(wanted, running, offered)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    expect(['version-not-found', 'unsupported-version-skew']).toContain(error.reason)
    expect(error.next).toMatch(/^[A-Z].*\.$/)
    return undefined
  }
}

// The checks read the numbers with semver themselves: they share no rule with the code that they check.
test('no answer skips a minor, goes back, or takes what nobody offers', () => {
  let answered = 0
  fc.assert(
    fc.property(request, controlPlanes, shelf, (wanted, running, shelved) => {
      const resolved = answer(wanted, running, shelved)
      if (resolved === undefined) return
      answered += 1
      const { target, hops } = resolved
      expect(shelved).toContain(target)
      expect(running.every(({ version }) => semver.gte(target, version))).toBe(true)
      expect(hops.length).toBeLessThanOrEqual(3)
      let state = running.map(({ version }) => version)
      for (const { from, to } of hops) {
        expect(from).toBe(semver.sort([...state])[0])
        for (const version of state) {
          expect(semver.gte(to, version)).toBe(true)
          expect(semver.minor(to) - semver.minor(version)).toBeLessThanOrEqual(1)
        }
        expect(shelved).toContain(to)
        if (to !== target) expect(semver.prerelease(to)).toBeNull()
        state = state.map(() => to)
      }
      expect(new Set(state)).toEqual(new Set([target]))
    }),
    { numRuns: 3000 },
  )
  expect(answered).toBeGreaterThan(100)
})

test('only an exact request is answered with a pre-release', () => {
  fc.assert(
    fc.property(request, controlPlanes, shelf, (wanted, running, shelved) => {
      const resolved = answer(wanted, running, shelved)
      if (resolved === undefined || wanted.kind === 'exact') return
      expect(semver.prerelease(resolved.target)).toBeNull()
    }),
  )
})

test('a half-finished upgrade that is asked for again goes to the same target', () => {
  fc.assert(
    fc.property(request, controlPlanes, shelf, fc.nat(4), (wanted, running, shelved, done) => {
      const first = answer(wanted, running, shelved)
      const hop = first?.hops[0]
      if (first === undefined || hop === undefined) return
      const later = running.map((one, index) => (index <= done ? { ...one, version: hop.to } : one))
      const again = answer({ kind: 'exact', version: first.target }, later, shelved)
      expect(again?.target).toBe(first.target)
      expect(again?.hops.length).toBeLessThanOrEqual(first.hops.length)
    }),
    { numRuns: 2000 },
  )
})
