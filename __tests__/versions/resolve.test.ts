import { describe, expect, test } from '@jest/globals'
import { parseRequest } from '../../src/versions/request.ts'
import type { VersionRequest } from '../../src/versions/request.ts'
import { minorsToRead, resolve } from '../../src/versions/resolve.ts'
import type { Minor } from '../../src/versions/version.ts'
import { apiServers, offer, refusal } from './helpers.ts'

const repositories = offer(
  ...['1.34.4', '1.35.3', '1.35.4', '1.36.3', '1.36.4', '1.36.5'],
  ...['1.37.0', '1.37.1', '1.37.2', '1.38.0-rc.0', '1.38.0-alpha.1'],
)

function request(text: string): VersionRequest {
  const parsed = parseRequest(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.request
}

/** The answer for `version: text` on a cluster with these API servers: the versions on the way, the target last. */
function way(text: string, running: string[], offered = repositories): string[] {
  const { target, hops } = resolve(request(text), apiServers(...running), offered)
  const way: string[] = hops.map(({ to }) => to)
  expect(way.at(-1) ?? target).toBe(target)
  return way
}

describe('the way to a version', () => {
  test.each([
    ['1.37.1', ['1.36.4', '1.36.4'], ['v1.37.1']],
    ['1.37', ['1.36.4'], ['v1.37.2']],
    ['1.37', ['1.37.1'], ['v1.37.2']],
    ['patch', ['1.36.4'], ['v1.36.5']],
    ['patch', ['1.36.5'], []],
    ['patch', ['1.37.1', '1.36.4'], ['v1.37.2']],
    ['latest', ['1.36.4'], ['v1.37.2']],
    ['latest', ['1.34.4'], ['v1.35.4', 'v1.36.5', 'v1.37.2']],
    ['latest', ['1.37.2'], []],
    ['1.37.1', ['1.34.4'], ['v1.35.4', 'v1.36.5', 'v1.37.1']],
    ['1.37.1', ['1.37.1', '1.36.4', '1.36.4'], ['v1.37.1']],
    ['1.37.1', ['1.37.1', '1.37.1'], []],
    ['1.38.0-rc.0', ['1.37.1'], ['v1.38.0-rc.0']],
    ['1.38.0-rc.0', ['1.37.1', '1.36.4'], ['v1.37.1', 'v1.38.0-rc.0']],
  ])('%s from %j: %j', (text, running, expected) => {
    expect(way(text, running)).toEqual(expected)
  })

  test('latest passes a mirror that dropped the running minor, and stops at a gap', () => {
    expect(way('latest', ['1.36.4'], offer('1.36', '1.37.1', '1.38', '1.39.0'))).toEqual(['v1.37.1'])
  })

  test('hops start where the one before ended', () => {
    expect(resolve(request('1.37.1'), apiServers('1.35.4'), repositories).hops).toEqual([
      { from: 'v1.35.4', to: 'v1.36.5' },
      { from: 'v1.36.5', to: 'v1.37.1' },
    ])
  })
})

test.each<[string, string[], Minor[]]>([
  ['1.37.1', ['1.36.4'], ['1.37']],
  ['1.36.5', ['1.36.4'], ['1.36']],
  ['1.38', ['1.36.4'], ['1.37', '1.38']],
  ['1.40', ['1.34.4'], ['1.35', '1.36', '1.37', '1.40']],
  ['1.35.4', ['1.36.4'], ['1.35']],
  ['patch', ['1.36.4'], ['1.36']],
  ['patch', ['1.37.1', '1.36.4'], ['1.37']],
  ['latest', ['1.36.4'], ['1.36', '1.37', '1.38', '1.39', '1.40']],
])('version %s on %j needs to read %j', (text, running, minors) => {
  expect(minorsToRead(request(text), apiServers(...running))).toEqual(minors)
})

describe('refusals', () => {
  const refused = (text: string, running: string[], offered = repositories) =>
    refusal(() => resolve(request(text), apiServers(...running), offered))

  test('a version that the repository does not have', () => {
    expect(refused('1.38.0', ['1.36.4'], offer('1.37.1', '1.37.2', '1.38'))).toMatchInlineSnapshot(`
     "version-not-found: version v1.38.0: the package repository of 1.38 does not offer v1.38.0. The API servers run v1.36.4.
     seen: 1.37: v1.37.1, v1.37.2
     1.38: nothing
     next: Ask for what is offered (version: v1.37.2), or make it available in the package repository (policy: packages.baseUrl for a mirror)."
    `)
    expect(refused('1.38', ['1.37.1'])).toMatchInlineSnapshot(`
     "version-not-found: version 1.38: the package repository of 1.38 offers no stable version. The API servers run v1.37.1.
     seen: 1.34: v1.34.4
     1.35: v1.35.3, v1.35.4
     1.36: v1.36.3, v1.36.4, v1.36.5
     1.37: v1.37.0, v1.37.1, v1.37.2
     1.38: v1.38.0-alpha.1, v1.38.0-rc.0
     next: Ask for what is offered (version: v1.37.2), or make it available in the package repository (policy: packages.baseUrl for a mirror)."
    `)
    expect(refused('v1.37.9', ['1.36.4'], offer('1.37.1', '1.37.2'))).toMatchInlineSnapshot(`
     "version-not-found: version v1.37.9: the package repository of 1.37 does not offer v1.37.9. The API servers run v1.36.4.
     seen: 1.37: v1.37.1, v1.37.2
     next: Ask for what is offered (version: v1.37.2), or make it available in the package repository (policy: packages.baseUrl for a mirror)."
    `)
  })

  test('a minor on the way that the repository does not have', () => {
    expect(refused('1.38.0', ['1.36.4'], offer('1.37', '1.38.0'))).toMatchInlineSnapshot(`
     "version-not-found: The way from v1.36.4 to v1.38.0 leads through 1.37, and the package repository of 1.37 offers no version for it.
     seen: 1.37: nothing
     next: Make 1.37 available in the package repository, or ask for a version of 1.36."
    `)
  })

  test('a repository that lags behind what runs', () => {
    expect(refused('patch', ['1.36.5'], offer('1.36.3', '1.36.4'))).toMatchInlineSnapshot(`
     "version-not-found: version patch: the package repository of 1.36 offers no stable version as new as what runs. The API servers run v1.36.5.
     seen: 1.36: v1.36.3, v1.36.4
     next: Make it available in the package repository (policy: packages.baseUrl for a mirror)."
    `)
    expect(refused('latest', ['1.36.5'], offer('1.36.4', '1.37'))).toMatchInlineSnapshot(`
     "version-not-found: version latest: no package repository from 1.36 on offers a stable version as new as what runs. The API servers run v1.36.5.
     seen: 1.36: v1.36.4
     1.37: nothing
     next: Make it available in the package repository (policy: packages.baseUrl for a mirror)."
    `)
  })

  test('a downgrade, also when the older version is not to be had', () => {
    expect(refused('1.35.4', ['1.36.4'])).toMatchInlineSnapshot(`
     "unsupported-version-skew: v1.35.4 would be a downgrade: the API server of cp1 runs v1.36.4.
     next: Kubernetes supports no downgrade of a control plane. Ask for v1.36.4 or newer."
    `)
    expect(refused('1.35', ['1.36.4'], offer('1.36.4'))).toMatchInlineSnapshot(`
     "unsupported-version-skew: 1.35 would be a downgrade: the API server of cp1 runs v1.36.4.
     next: Kubernetes supports no downgrade of a control plane. Ask for v1.36.4 or newer."
    `)
    expect(refused('1.37.0', ['1.36.4', '1.37.1'])).toMatchInlineSnapshot(`
     "unsupported-version-skew: v1.37.0 would be a downgrade: the API server of cp2 runs v1.37.1.
     next: Kubernetes supports no downgrade of a control plane. Ask for v1.37.1 or newer."
    `)
  })

  test('more than three minors, naming the version to go to first', () => {
    expect(refused('1.37.1', ['1.33.4'])).toMatchInlineSnapshot(`
     "unsupported-version-skew: v1.37.1 is 4 minors ahead of the lowest API server (v1.33.4); one run goes at most 3.
     next: Go to v1.36.5 first (version: v1.36.5), then ask for v1.37.1 again."
    `)
    expect(refused('latest', ['1.33.4'])).toMatchInlineSnapshot(`
     "unsupported-version-skew: v1.37.2 is 4 minors ahead of the lowest API server (v1.33.4); one run goes at most 3.
     next: Go to v1.36.5 first (version: v1.36.5), then ask for v1.37.2 again."
    `)
  })

  test('API servers that are too far apart, and versions that are too old', () => {
    expect(refused('1.37.1', ['1.35.4', '1.37.1'])).toMatchInlineSnapshot(`
     "unsupported-version-skew: API servers are more than one minor apart: cp1 v1.35.4, cp2 v1.37.1.
     next: Bring the older API servers to 1.36 by hand first, one minor at a time."
    `)
    expect(refused('1.31.2', ['1.30.9'], offer('1.31.2'))).toMatchInlineSnapshot(`
     "unsupported-version-skew: cp1 runs v1.30.9; Kubernetes 1.30 is not supported: accepts 1.x from 1.31 on, the first whose kubeadm reads kubeadm.k8s.io/v1beta4.
     next: Bring the cluster to 1.31 by hand first."
    `)
  })
})
