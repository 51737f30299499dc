import { describe, expect, test } from '@jest/globals'
import {
  apiServersWithinOneMinor,
  kubeadmIsTarget,
  kubeletNotNewer,
  kubeletNotTooOld,
  noDowngrade,
  noSkippedMinor,
  supportedMinor,
  untried,
} from '../../src/versions/skew.ts'
import { apiServers, v } from './helpers.ts'

const kubelet = (version: string) => ({ node: 'w1', version: v(version) })

describe('each rule, allowed and refused', () => {
  test.each([
    ['1.36.4', [], []],
    ['1.36.5', [], []],
    ['1.36.3', ['cp1'], []],
    ['1.35.9', ['cp1'], []],
    ['1.37.0', [], []],
    ['1.37.0-rc.0', [], []],
    ['1.38.0', [], ['cp1']],
  ])('API server 1.36.4 to %s', (target, downgraded, skipping) => {
    const running = apiServers('1.36.4')
    expect(noDowngrade(v(target), running).map(({ node }) => node)).toEqual(downgraded)
    expect(noSkippedMinor(v(target), running).map(({ node }) => node)).toEqual(skipping)
  })

  test.each([
    [['1.36.4', '1.36.4'], 0],
    [['1.36.4', '1.37.1', '1.36.4'], 0],
    [['1.35.4', '1.37.1', '1.36.4'], 1],
  ])('API servers %j', (versions, broken) => {
    expect(apiServersWithinOneMinor(apiServers(...versions))).toHaveLength(broken)
  })

  test.each([
    ['1.36.4', ['1.36.4'], 0, 0],
    ['1.36.9', ['1.36.4'], 0, 0],
    ['1.37.1', ['1.37.1', '1.36.4'], 1, 0],
    ['1.37.1', ['1.37.1', '1.37.1'], 0, 0],
    ['1.34.0', ['1.37.1', '1.36.4'], 0, 0],
    ['1.33.9', ['1.37.1', '1.36.4'], 0, 1],
    ['1.33.9', ['1.36.4', '1.36.4'], 0, 0],
    ['1.37.1', [], 0, 0],
  ])('kubelet %s against API servers %j', (version, servers, newer, older) => {
    expect(kubeletNotNewer(kubelet(version), apiServers(...servers))).toHaveLength(newer)
    expect(kubeletNotTooOld(kubelet(version), apiServers(...servers))).toHaveLength(older)
  })

  test('kubeadm is the target to the patch', () => {
    expect(kubeadmIsTarget(kubelet('1.37.1'), v('1.37.1'))).toEqual([])
    expect(kubeadmIsTarget(kubelet('1.37.2'), v('1.37.1'))).toHaveLength(1)
  })

  test('1.31 is the oldest that is supported', () => {
    expect(supportedMinor('cp1', v('1.31.0'))).toEqual([])
    expect(supportedMinor('cp1', v('1.30.9'))).toHaveLength(1)
    expect(supportedMinor('cp1', v('2.1.0'))).toHaveLength(1)
  })
})

test('untried versions are said, not refused', () => {
  expect(untried(v('1.34.0'))).toBeUndefined()
  expect(untried(v('1.37.9'))).toBeUndefined()
  expect([untried(v('1.33.9')), untried(v('1.38.0'))].join('\n')).toMatchInlineSnapshot(`
   "Upgrades to 1.33 are untried with this release: it was tried on 1.34 to 1.37.
   Upgrades to 1.38 are untried with this release: it was tried on 1.34 to 1.37."
  `)
})

test('broken rules in the words that people read', () => {
  const problems = [
    ...noDowngrade(v('1.35.4'), apiServers('1.36.4', '1.35.4')),
    ...noSkippedMinor(v('1.38.0'), apiServers('1.36.4')),
    ...apiServersWithinOneMinor(apiServers('1.35.4', '1.37.1')),
    ...kubeletNotNewer(kubelet('1.37.1'), apiServers('1.37.1', '1.36.4')),
    ...kubeletNotTooOld(kubelet('1.33.0'), apiServers('1.37.1')),
    ...kubeadmIsTarget(kubelet('1.36.4'), v('1.37.1')),
    ...supportedMinor('cp1', v('1.30.2')),
  ]
  expect(problems.map(({ rule, message }) => `${rule}: ${message}`).join('\n')).toMatchInlineSnapshot(`
   "downgrade: v1.35.4 would be a downgrade: the API server of cp1 runs v1.36.4
   skipped-minor: v1.38.0 skips a minor: the API server of cp1 runs v1.36.4, and an API server moves one minor at a time
   api-servers-apart: API servers are more than one minor apart: cp1 v1.35.4, cp2 v1.37.1
   kubelet-newer: kubelet v1.37.1 of w1 is newer than the API server of cp2 (v1.36.4), which it may reach
   kubelet-too-old: kubelet v1.33.0 of w1 is 4 minors older than API server v1.37.1; 3 are allowed
   kubeadm-not-target: kubeadm of w1 is v1.36.4; the upgrade to v1.37.1 needs exactly v1.37.1
   unsupported-minor: cp1 runs v1.30.2; Kubernetes 1.30 is not supported: accepts 1.x from 1.31 on, the first whose kubeadm reads kubeadm.k8s.io/v1beta4"
  `)
})
