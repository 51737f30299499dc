import { describe, expect, test } from '@jest/globals'
import type { EtcdHealth } from '../../src/cluster/etcd.ts'
import { findings, said, type Change } from './said.ts'
import { policy, v } from './world.ts'

const now = 1_800_000_000
const days = (count: number): number => now + count * 86_400

function etcd(node: string, change: Partial<EtcdHealth> = {}): Change {
  return (cluster) => {
    const health: EtcdHealth = {
      answered: true,
      version: '3.6.11',
      dbSize: 1000,
      leader: 1,
      memberId: 1,
      raftIndex: 1,
      raftTerm: 1,
      problems: [],
      members: ['cp1', 'cp2', 'cp3'],
      voters: 3,
      ...change,
    }
    cluster.health.push({ node, apiServerReady: true, errors: '', etcd: health })
  }
}

const certificate =
  (file: string, expires: number, name = 'cp1'): Change =>
  (cluster) => {
    const facts = cluster.fact(name)
    facts.certificates = [{ file, expires }]
    for (const one of cluster.facts.values()) {
      one.clock = now
      one.asked = { from: now, to: now }
    }
  }

describe('certificates', () => {
  test.each<[string, string[], Change]>([
    ['an expired one', ['blocks certificate-expired cp1'], certificate('apiserver.crt', days(-1))],
    [
      'one that the upgrade renews',
      ['tells certificate-renewal cp1'],
      certificate('apiserver.crt', days(20)),
    ],
    ['one with time left', [], certificate('apiserver.crt', days(31))],
    ['a CA', ['warns certificate-authority cp1'], certificate('etcd/ca.crt', days(100))],
    ['a CA with time left', [], certificate('front-proxy-ca.crt', days(200))],
    [
      'a kubelet’s',
      ['warns certificate-expires w1'],
      certificate('kubelet-client-current.pem', days(5), 'w1'),
    ],
  ])('%s', (_what, expected, bend) => expect(said(bend)).toEqual(expected))

  test('without the key of its CA, or with renewal off, it is not renewed', () => {
    const external: Change = (c) => {
      certificate('apiserver.crt', days(20))(c)
      c.fact('cp1').caKeys = []
    }
    expect(said(external)).toEqual(['warns certificate-expires cp1'])
    const off = { policy: policy({ kubeadm: { certificateRenewal: false } }) }
    expect(said(certificate('apiserver.crt', days(20)), off)).toEqual(['warns certificate-expires cp1'])
  })
})

describe('static pod manifests', () => {
  const apiServer =
    (...flags: string[]): Change =>
    (c) =>
      void c.fact('cp2').componentFlags.set('kube-apiserver', ['--secure-port=6443', ...flags])

  test('a flag that kubeadm-config does not know is told of, without its value', () => {
    const [finding] = findings(apiServer('--audit-log-path=/secret'))
    expect(finding).toMatchObject({ id: 'manifest-edited', node: 'cp2' })
    expect(finding?.seen).toContain('--audit-log-path')
    expect(finding?.seen).not.toContain('secret')
  })

  test.each([
    ['the list of v1beta4', 'apiServer: {extraArgs: [{name: audit-log-path, value: /a}]}'],
    ['the mapping before it', 'apiServer: {extraArgs: {audit-log-path: /a}}'],
  ])('one that stands in %s is not', (_what, configuration) =>
    expect(
      said((c) => {
        apiServer('--audit-log-path=/a')(c)
        c.clusterConfiguration = configuration
      }),
    ).toEqual([]),
  )

  test('with patches in the policy nothing is said of edits', () =>
    expect(
      said(apiServer('--audit-log-path=/a'), { policy: policy({ kubeadm: { patches: '/etc/p' } }) }),
    ).toEqual([]))

  test('a flag and a gate that are gone block', () => {
    expect(said(apiServer('--feature-gates=APIServerTracing=true'))).toEqual([
      'blocks component-feature-gate-removed cp2',
    ])
    const manager: Change = (c) =>
      void (c.clusterConfiguration =
        'controllerManager: {extraArgs: [{name: concurrent-service-syncs, value: "2"}]}')
    expect(said(manager)).toContain('blocks component-flag-removed cp1')
  })
})

describe('etcd', () => {
  test.each<[string, string[], Change]>([
    ['a healthy member', [], etcd('cp1')],
    ['no answer', ['blocks etcd-member cp1'], etcd('cp1', { answered: false })],
    [
      'an alarm',
      ['blocks etcd-alarm cp1'],
      etcd('cp1', { problems: [{ kind: 'alarm', text: 'alarm: memberID:1 alarm:NOSPACE' }] }),
    ],
    [
      'a learner',
      ['blocks etcd-learner cp1'],
      etcd('cp1', { problems: [{ kind: 'learner', text: 'member cp3 is a learner' }] }),
    ],
    [
      'a member of a node that is gone',
      ['blocks etcd-member-unknown cp1'],
      etcd('cp1', { members: ['cp1', 'cp2', 'cp3', 'cp4'] }),
    ],
    ['3.6 below 3.6.11', ['warns etcd-hop cp1'], etcd('cp1', { version: '3.6.8' })],
    [
      'a database near the default quota',
      ['warns etcd-database-size cp1'],
      etcd('cp1', { dbSize: 1.7 * 1024 ** 3 }),
    ],
    [
      'the same with a larger quota',
      [],
      (c) => {
        etcd('cp1', { dbSize: 1.7 * 1024 ** 3 })(c)
        c.fact('cp1').componentFlags.set('etcd', ['--quota-backend-bytes=8589934592'])
        c.clusterConfiguration =
          'etcd: {local: {extraArgs: [{name: quota-backend-bytes, value: "8589934592"}]}}'
      },
    ],
    [
      'experimental flags of the user',
      ['blocks etcd-flag-removed cluster'],
      (c) => {
        c.clusterConfiguration = 'etcd: {local: {extraArgs: [{name: experimental-x, value: "1"}]}}'
      },
    ],
    ['an external etcd', ['tells etcd-external cluster'], (c) => void (c.etcd = 'external')],
  ])('%s', (_what, expected, bend) => expect(said(bend)).toEqual(expected))

  test('3.5 below 3.5.26 is told of on the way to 1.34, 3.6 is not told of before 1.37', () => {
    const hop = (version: string, to: string): string[] =>
      said(etcd('cp1', { version }), { target: v(to) }).filter((line) => line.includes('etcd-hop'))
    expect(hop('3.5.24', '1.34.4')).toEqual(['warns etcd-hop cp1'])
    expect(hop('3.5.26', '1.34.4')).toEqual([])
    expect(hop('3.5.24', '1.33.9')).toEqual([])
    expect(hop('3.6.8', '1.36.5')).toEqual([])
  })

  test('a policy without the snapshot is told of', () =>
    expect(said(() => undefined, { policy: policy({ etcd: { snapshot: false } }) })).toEqual([
      'warns etcd-no-snapshot cluster',
    ]))
})
