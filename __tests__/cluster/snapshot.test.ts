import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parseStuckPods } from '../../src/cluster/drain.ts'
import { parseControlPlaneHealth, parseEtcdSnapshot } from '../../src/cluster/etcd.ts'
import { parseSnapshot } from '../../src/cluster/snapshot.ts'
import { parseSections } from '../../src/node/sections.ts'
import { controlPlaneProblems } from '../../src/plan/health.ts'

const recorded = (name: string) =>
  parseSections(readFileSync(new URL(`../fixtures/${name}.txt`, import.meta.url), 'utf8'))

test('the real lab in the middle of an upgrade: two of three control plane nodes done', () => {
  const snapshot = parseSnapshot(recorded('snapshot'))
  expect(snapshot).toMatchObject({
    kubernetesVersion: 'v1.37.1',
    controlPlaneEndpoint: '10.200.0.1:6443',
    etcd: 'stacked',
    kubeProxy: { version: 'v1.36.4', pods: 5, settled: true },
  })
  expect(snapshot.uid).toMatch(/^[0-9a-f-]{36}$/)
  expect([...snapshot.nodes.keys()]).toEqual(['cp1', 'cp2', 'cp3', 'w1', 'w2'])
  expect(snapshot.nodes.get('cp1')).toMatchObject({
    ready: true,
    controlPlane: true,
    kubeletVersion: 'v1.37.1',
    internalAddress: '10.200.0.11',
  })
  expect(snapshot.nodes.get('w1')).toMatchObject({
    ready: true,
    controlPlane: false,
    kubeletVersion: 'v1.36.4',
    unschedulable: false,
  })
  const servers = snapshot.staticPods.filter((pod) => pod.component === 'kube-apiserver')
  expect(servers.map((pod) => `${pod.node} ${pod.version ?? ''}`)).toEqual([
    'cp1 v1.37.1',
    'cp2 v1.37.1',
    'cp3 v1.36.4',
  ])
  expect(servers.every((pod) => pod.startedAt !== '')).toBe(true)
})

describe('health of a control plane node', () => {
  test('the real lab', () => {
    const health = parseControlPlaneHealth('cp1', recorded('control-plane-health'), '')
    expect(health).toMatchObject({
      apiServerReady: true,
      etcd: { answered: true, version: '3.7.0', problems: [], members: ['cp3', 'cp1', 'cp2'], voters: 3 },
    })
    expect(controlPlaneProblems([health])).toEqual([])
  })

  test('a member that never started, a learner and an alarm are problems', () => {
    const sections = recorded('control-plane-health')
    sections.set('etcd-members', '{"members":[{"ID":1},{"ID":2,"name":"cp2","isLearner":true}]}')
    sections.set('etcd-alarms', 'memberID:1 alarm:NOSPACE\n')
    const problems = controlPlaneProblems([parseControlPlaneHealth('cp1', sections, '')]).map(
      (problem) => problem.text,
    )
    expect(problems).toEqual([
      'etcd of cp1: member 1 never started',
      'etcd of cp1: member cp2 is a learner',
      'etcd of cp1: alarm: memberID:1 alarm:NOSPACE',
    ])
  })

  // "null" is what etcdctl 3.6 prints of an endpoint that does not answer.
  test.each(['', 'null\n'])(
    'an API server that is not ready and an etcd that does not answer (%j)',
    (status) => {
      const sections = new Map([
        ['readyz', 'etcd failed'],
        ['failed readyz', ''],
        ['etcd-status', status],
        ['failed etcd-status', ''],
      ])
      const problems = controlPlaneProblems([parseControlPlaneHealth('cp1', sections, '')]).map(
        (problem) => problem.reason,
      )
      expect(problems).toEqual(['control-plane-unhealthy', 'etcd-unhealthy'])
    },
  )
})

test('a snapshot of etcd counts only with hash, revision and size', () => {
  const output = '\u001estatus\n{"hash":12,"revision":34,"totalKey":5,"totalSize":6}\n\u001esize\n4096\n'
  expect(parseEtcdSnapshot(output)).toEqual({ hash: 12, revision: 34, bytes: 4096 })
  expect(parseEtcdSnapshot('\u001estatus\n\u001esize\n4096\n')).toBeUndefined()
  expect(parseEtcdSnapshot(output.replace('4096', '0'))).toBeUndefined()
})

test('pods that keep a node from being drained are named with the budget that protects them', () => {
  const pods = [
    'web\tweb-1\t{"app":"web"}\t[{"kind":"ReplicaSet"}]\t\tRunning',
    'kube-system\tkube-proxy-x\t{}\t[{"kind":"DaemonSet"}]\t\tRunning',
    'kube-system\tetcd-cp1\t{}\t[{"kind":"Node"}]\tabc\tRunning',
    'default\tbare\t{}\t\t\tRunning',
    'default\tdone\t{}\t\t\tSucceeded',
  ].join('\n')
  const budgets = 'web\tweb\t0\t{"matchExpressions":[{"key":"app","operator":"In","values":["web"]}]}\t2\t2'
  expect(
    parseStuckPods(
      new Map([
        ['pods', pods],
        ['budgets', budgets],
      ]),
    ),
  ).toEqual([
    {
      pod: 'web/web-1',
      why: 'PodDisruptionBudget web allows 0 disruptions (2 of 2 pods are healthy)',
      forGood: true,
      bare: false,
    },
    { pod: 'default/bare', why: 'no controller would start it again', forGood: false, bare: true },
  ])
})
