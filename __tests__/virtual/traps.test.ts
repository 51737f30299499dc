import { beforeAll, expect, test } from '@jest/globals'
import { fingerprint } from '../../lab/sim/fingerprint.ts'
import type { KubeObject } from '../../lab/sim/model/store.ts'
import type { VirtualResult } from '../../lab/sim/virtual/action.ts'
import { summary } from '../../src/report/summary.ts'
import { cameTo, reportOf, World } from './world.ts'

let world: World
beforeAll(() => {
  world = new World({ controlPlanes: 3, workers: 2 })
})

/** What every plan of this cluster tells; etcd 3.6.8 is what kubeadm 1.36 installs, and no name is looked up here. */
const always = ['etcd-hop', 'endpoint-unresolved', 'drain-forecast', 'release-notes', 'application-backup']

function findingsOf(result: VirtualResult): string[] {
  const found = reportOf(result).findings.filter(({ id }) => !always.includes(id))
  return found.map(({ id, severity, node }) => `${severity} ${id} ${node ?? 'cluster'}`)
}

/** Puts a file onto a simulated node; @returns puts back what was there */
function trap(node: string, path: string, change: (text: string) => string): () => void {
  const machine = world.simulation.cluster.machine(node)
  const before = machine.read(path)
  machine.write(path, change(before ?? ''))
  return () => {
    if (before === undefined) machine.remove(path)
    else machine.write(path, before)
  }
}

test('traps on the nodes are found by the plan, which changes nothing, and are gone when they are taken away', async () => {
  // That it finds nothing without them is told by the plan at the end.
  const undo = [
    trap('cp1', '/etc/kubernetes/manifests/kube-scheduler.yaml', (text) =>
      text.replace(/^(\s*)- --/m, '$1- --profiling=false\n$1- --'),
    ),
    trap(
      'cp2',
      '/etc/apt/preferences.d/kubernetes',
      () => 'Package: kubelet\nPin: version 1.36.*\nPin-Priority: -1\n',
    ),
    trap('cp3', '/etc/apt/keyrings/kubernetes-apt-keyring.gpg', () => 'no key\n'),
    trap('cp3', '/proc/swaps', (text) => `${text}/swapfile file 1024 0 -2\n`),
    trap(
      'w1',
      '/var/lib/kubelet/kubeadm-flags.env',
      () => 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=p"\n',
    ),
    trap('w1', '/var/lib/kubelet/config.yaml', (text) => `${text}featureGates: {SidecarContainers: true}\n`),
    trap(
      'w2',
      '/etc/apt/sources.list.d/old.list',
      () => 'deb https://apt.kubernetes.io/ kubernetes-xenial main\n',
    ),
    trap('w2', '/var/lib/dpkg/updates/0001', () => 'Package: kubelet\n'),
  ]
  const before = fingerprint(world.simulation)
  const result = await world.run('plan')
  expect(fingerprint(world.simulation)).toEqual(before)
  expect(reportOf(result)).toMatchObject({ result: 'blocked', failure: { reason: 'precondition-failed' } })
  expect(findingsOf(result).toSorted()).toEqual([
    'blocks kubelet-feature-gate-removed w1',
    'blocks kubelet-flag-removed w1',
    'blocks package-repository-legacy w2',
    'warns manifest-edited cp1',
    'warns package-preferences cp2',
    'warns packages-interrupted w2',
    'warns signing-key-unknown cp3',
    'warns swap cp3',
  ])
  for (const put of undo) put()
  expect(findingsOf(await world.run('plan'))).toEqual([])
})

test('traps in the cluster are found by the plan, which changes nothing, and are gone when they are taken away', async () => {
  const { cluster } = world.simulation
  const { store } = cluster
  const meta = (name: string) => ({ name, uid: name, resourceVersion: '', creationTimestamp: '' })
  const on = (app: string): string => cluster.pods.find((pod) => pod.owner === app)?.node ?? ''
  const web = on('web')
  // The other replica went elsewhere: the budget allows no disruption of either.
  const nodes = cluster.pods.filter((pod) => pod.owner === 'web').map((pod) => pod.node ?? '')
  store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 2 } })
  cluster.pods.push({
    ...{ namespace: 'default', name: 'one', uid: 'one', labels: {}, owner: undefined, emptyDir: true },
    ...{ node: web, readyAt: 0, gone: 0 },
  })
  cluster.deprecatedApis.push({
    ...{ group: 'networking.k8s.io', version: 'v1beta1', resource: 'ipaddresses', removed: '1.37' },
  })
  store.create({
    ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
    metadata: meta('guard'),
    webhooks: [
      {
        name: 'pods.guard.example',
        clientConfig: { service: { namespace: 'default', name: 'guard' } },
        rules: [{ apiGroups: [''], operations: ['CREATE'], resources: ['pods'] }],
      },
    ],
  } as KubeObject)
  store.create({
    ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: meta('v1.metrics') },
    spec: { service: { namespace: 'kube-system', name: 'metrics' } },
    status: { conditions: [{ type: 'Available', status: 'False', message: 'no endpoints' }] },
  })
  const { kubelet = '' } = store.find('ConfigMap', 'kube-system', 'kubelet-config')?.data ?? {}
  const gates = `${kubelet}featureGates: {SidecarContainers: true}\n`
  store.patch('ConfigMap', 'kube-system', 'kubelet-config', { data: { kubelet: gates } })

  const before = fingerprint(world.simulation)
  const result = await world.run('plan')
  expect(fingerprint(world.simulation)).toEqual(before)
  expect(reportOf(result).result).toBe('blocked')
  expect(findingsOf(result).toSorted()).toEqual(
    [
      `blocks bare-pods ${web}`,
      ...nodes.map((node) => `blocks disruption-budget ${node}`),
      `blocks empty-dir ${web}`,
      'blocks kubelet-config-feature-gate-removed cluster',
      'blocks removed-api-requested cluster',
      'blocks webhook-down cluster',
      'warns api-service-down cluster',
    ].toSorted(),
  )
  expect(summary(reportOf(result))).toContain('barePods: delete # bare-pods')

  store.patch('PodDisruptionBudget', 'default', 'web', { spec: { minAvailable: 1 } })
  cluster.pods.splice(
    cluster.pods.findIndex((pod) => pod.name === 'one'),
    1,
  )
  cluster.deprecatedApis.pop()
  store.delete('ValidatingWebhookConfiguration', undefined, 'guard')
  store.delete('APIService', undefined, 'v1.metrics')
  store.patch('ConfigMap', 'kube-system', 'kubelet-config', { data: { kubelet } })
  expect(findingsOf(await world.run('plan'))).toEqual([])
})

test('a node whose apt alone cannot read the repository is named, and the version is still found', async () => {
  const stop = world.simulation.onCommand((call) => {
    if (call.machine.name !== 'w2' || !call.line.includes('apt-get update')) return undefined
    call.err('E: The repository is not signed.')
    return 100
  })
  const result = await world.run('plan')
  stop()
  expect(cameTo(result)).toMatch(/^package-error: /)
  expect(reportOf(result).plan?.targetVersion).toBe('v1.37.1')
  expect(findingsOf(result)).toEqual(['blocks package-repository-unreadable w2'])
})

test('the summary has the lines that accept what blocks, where that is possible', async () => {
  const inventory = world.inventory((nodes) => nodes.slice(0, -1))
  expect(summary(reportOf(await world.run('plan', { inventory })))).toContain(
    "- { id: node-not-in-inventory, reason: '' }",
  )
})
