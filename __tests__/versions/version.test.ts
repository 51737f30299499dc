import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  compareVersions,
  isPrerelease,
  minorAfter,
  minorOf,
  minorsBetween,
  newestOf,
  parseMinor,
  parseVersion,
  readVersion,
} from '../../src/versions/version.ts'
import { v, version } from './helpers.ts'

describe('a version as a person writes it', () => {
  test.each([
    ['v1.37.1', 'v1.37.1'],
    ['1.37.1', 'v1.37.1'],
    ['v1.38.0-rc.0', 'v1.38.0-rc.0'],
    ['v1.38.0-alpha.1.123+abcdef', 'v1.38.0-alpha.1.123'],
    ['v1.36.4+vendor.1', 'v1.36.4'],
    ['1.37', undefined],
    ['1.37.1-1.1', undefined],
    ['1.037.1', undefined],
    ['v1.36.4-eks-1', undefined],
    ['', undefined],
    ['v1.37.1\nv1.37.2', undefined],
  ])('%s is %s', (text, expected) => {
    expect(parseVersion(text)).toBe(expected)
  })

  test('a minor is 1.37 or v1.37, nothing longer', () => {
    expect([parseMinor('1.37'), parseMinor('v1.37'), parseMinor('1.37.1'), parseMinor('1')]).toEqual([
      '1.37',
      '1.37',
      undefined,
      undefined,
    ])
  })
})

test.each([
  ['Kubernetes v1.36.4\n', 'v1.36.4'],
  ['v1.36.4', 'v1.36.4'],
  ['1.37.1-1.1', 'v1.37.1'],
  ['1.28.2-00', 'v1.28.2'],
  ['1.37.1-150500.1.1', 'v1.37.1'],
  ['1.33.2-150500.1.1.x86_64', 'v1.33.2'],
  ['0:1.33.2-150500.1.1', 'v1.33.2'],
  ['1.38.0~rc.0-1.1', 'v1.38.0-rc.0'],
  ['registry.k8s.io/kube-apiserver:v1.37.1', 'v1.37.1'],
  ['localhost:5000/kube-apiserver:v1.37.1@sha256:0123abcd', 'v1.37.1'],
  ['registry.k8s.io/etcd:3.6.8-0', 'v3.6.8'],
  ['(none)', undefined],
  ['', undefined],
])('the version in %j, as nodes print it, is %s', (text, expected) => {
  expect(readVersion(text)).toBe(expected)
})

test('every version survives being packaged, tagged and printed', () => {
  fc.assert(
    fc.property(version(), (one) => {
      const bare = one.slice(1)
      expect(readVersion(`Kubernetes ${one}`)).toBe(one)
      expect(readVersion(`${bare.replace('-', '~')}-1.1`)).toBe(one)
      expect(readVersion(`${bare.replace('-', '~')}-150500.1.1`)).toBe(one)
      expect(readVersion(`registry.k8s.io/kube-proxy:${one}`)).toBe(one)
      expect(parseVersion(bare)).toBe(one)
    }),
  )
})

test('versions have one order, in which a pre-release comes before its release', () => {
  expect(compareVersions(v('1.38.0-rc.0'), v('1.38.0'))).toBeLessThan(0)
  expect(compareVersions(v('1.9.0'), v('1.37.0'))).toBeLessThan(0)
  expect(isPrerelease(v('1.38.0-rc.0'))).toBe(true)
  fc.assert(
    fc.property(fc.array(version(), { minLength: 1 }), (versions) => {
      const newest = newestOf(versions)
      expect(newest !== undefined && versions.every((one) => compareVersions(one, newest) <= 0)).toBe(true)
    }),
  )
})

test('minors are counted, also backwards', () => {
  fc.assert(
    fc.property(version(), fc.integer({ min: -20, max: 20 }), (one, steps) => {
      expect(minorsBetween(minorOf(one), minorAfter(minorOf(one), steps))).toBe(steps)
    }),
  )
})
