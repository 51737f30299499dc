import { describe, expect, test } from '@jest/globals'
import type { Webhook } from '../../src/cluster/forecast.ts'
import { untestedAddon } from '../../src/versions/addons.ts'
import { forecast, pod } from './forecast.ts'
import { findings, said, type Change } from './said.ts'
import { old, policy, target, v } from './world.ts'

const about = (change: Change, options?: Parameters<typeof said>[1]): string[] =>
  said(change, options).filter((line) => !line.includes('drain-forecast'))

describe('webhooks', () => {
  const webhook = (change: Partial<Webhook> = {}): Webhook => ({
    configuration: 'guard',
    name: 'pods.guard.example',
    failsClosed: true,
    rules: [{ apiGroups: [''], operations: ['CREATE'], resources: ['pods'] }],
    service: { namespace: 'guard', name: 'guard' },
    namespaceSelector: {},
    objectSelector: {},
    ...change,
  })
  const behind = (nodes: string[], change: Partial<Webhook> = {}): string[] =>
    about(
      forecast(
        [pod('web-1')],
        { webhooks: [webhook(change)] },
        { endpoints: new Map([['guard/guard', nodes]]) },
      ),
    )

  test.each<[string, string[], string[], Partial<Webhook>]>([
    ['nobody answers', ['blocks webhook-down cluster'], [], {}],
    ['nobody answers, and it fails open', [], [], { failsClosed: false }],
    [
      'nobody answers, of other objects',
      [],
      [],
      { rules: [{ apiGroups: ['apps'], operations: ['*'], resources: ['*'] }] },
    ],
    [
      'nobody answers, of evictions',
      ['blocks webhook-down cluster'],
      [],
      { rules: [{ apiGroups: [''], operations: ['CREATE'], resources: ['pods/eviction'] }] },
    ],
    [
      'nobody answers, of pods that the upgrade does not touch',
      [],
      [],
      { objectSelector: { matchLabels: { injected: 'yes' } } },
    ],
    ['all on a node that is drained', ['warns webhook-on-one-node w1'], ['w1', 'w1'], {}],
    ['on two nodes', [], ['w1', 'w2'], {}],
    ['outside of the cluster', [], [], { service: undefined }],
  ])('%s', (_what, expected, nodes, change) => expect(behind(nodes, change)).toEqual(expected))
})

test('an aggregated API that does not answer', () => {
  const service = {
    name: 'v1.metrics',
    service: 'kube-system/metrics',
    available: false,
    message: 'no endpoints',
  }
  expect(about(forecast([], { apiServices: [service] }))).toEqual(['warns api-service-down cluster'])
  expect(about(forecast([], { apiServices: [{ ...service, available: true }] }))).toEqual([])
})

describe('deprecated APIs', () => {
  const asked = (removedIn: '1.37' | '1.38' | undefined): Change => {
    const api = { group: 'networking.k8s.io', version: 'v1beta1', resource: 'ipaddresses', removedIn }
    const deprecated = ['cp1', 'cp3'].map((node) => ({ node, since: 1, apis: [api] }))
    const objects = new Map([['networking.k8s.io/v1beta1/ipaddresses', ['a (tool)', 'b (tool)']]])
    return forecast([], {}, { deprecated, deprecatedObjects: objects })
  }

  test('one that the target no longer has blocks, with who was asked and what is written through it', () => {
    const [finding] = findings(asked('1.37'))
    expect(finding).toMatchObject({ id: 'removed-api-requested', severity: 'blocks' })
    expect(finding?.seen).toBe(
      'Clients ask cp1, cp3 for networking.k8s.io/v1beta1/ipaddresses, which 1.37 no longer serves. Written through it: a (tool), b (tool).',
    )
  })

  test('one that goes later is told, one that nobody announced to go is not', () => {
    expect(about(asked('1.38'))).toEqual(['tells deprecated-api-requested cluster'])
    expect(about(asked(undefined))).toEqual([])
    expect(about(asked('1.37'), { target: v('1.36.5') })).toEqual(['tells deprecated-api-requested cluster'])
  })
})

test('a network plugin that its makers did not test on the target', () => {
  const daemonSet = (image: string): Change =>
    forecast([], { daemonSets: [{ namespace: 'kube-system', name: 'net', images: [image] }] })
  expect(about(daemonSet('quay.io/calico/node:v3.29.1'))).toEqual(['warns network-plugin-untested cluster'])
  expect(about(daemonSet('quay.io/calico/node:v3.33.0'))).toEqual([])
  expect(about(daemonSet('quay.io/calico/node:v3.40.0'))).toEqual([])
  expect(about(daemonSet('flannel/flannel:v0.26.0'))).toEqual([])
  expect(untestedAddon('docker.io/calico/node:v3.30.2', '1.36')).toMatchObject({
    release: '3.30',
    newest: '1.35',
  })
  expect(untestedAddon('quay.io/cilium/cilium:v1.16.1@sha256:0', '1.31')).toMatchObject({ newest: '1.30' })
})

describe('the control plane endpoint', () => {
  const hops = [{ from: old, to: target }]
  const endpoint = (change: Change): string[] =>
    said(change, { hops }).filter((line) => /endpoint|single/.test(line))
  const named: Change = (cluster) => void (cluster.endpoint = 'api.example:6443')

  test.each<[string, string, Change]>([
    ['an address of no node', 'tells endpoint-load-balancer cluster', () => undefined],
    ['the address of a node', 'warns endpoint-is-node cp2', (c) => void (c.endpoint = 'address-of-cp2:6443')],
    ['none', 'warns endpoint-is-node cluster', (c) => void (c.endpoint = '')],
    [
      'a virtual address',
      'tells endpoint-virtual-address cp3',
      (c) => c.fact('cp3').addresses.push('10.200.0.1'),
    ],
    ['a name that nobody resolves', 'warns endpoint-unresolved cluster', named],
    [
      'a name for nodes',
      'warns endpoint-is-node cluster',
      (c) => {
        named(c)
        c.fact('cp1').endpointAddresses = ['address-of-cp1', 'address-of-cp2']
      },
    ],
    [
      'a name for something else',
      'tells endpoint-load-balancer cluster',
      (c) => {
        named(c)
        c.fact('cp1').endpointAddresses = ['192.0.2.7']
      },
    ],
    [
      'the only control plane node',
      'tells single-control-plane cluster',
      (c) => ['cp2', 'cp3'].forEach((name) => c.roles.delete(name)),
    ],
  ])('%s', (_what, expected, change) => expect(endpoint(change)).toEqual([expected]))

  test('nothing is said once the API servers are at the target', () =>
    expect(said((c) => void (c.endpoint = ''), { hops: [] })).toEqual([]))
})

describe('release notes and backups', () => {
  const told = (from: string, to: string, hook = false): string[] => {
    const hooks = { beforeUpgrade: hook ? [{ run: 'runner', command: './backup' }] : [] }
    const options = { hops: [{ from: v(from), to: v(to) }], policy: policy({ hooks }) }
    return findings(() => undefined, options).flatMap(({ id, seen }) =>
      id === 'release-notes' || id === 'application-backup' ? [seen] : [],
    )
  }
  test('a minor comes with its urgent notes, a patch without, an unknown one says so', () => {
    expect(told('1.36.4', '1.37.1')[0]).toContain('etcd moves from 3.6 to 3.7')
    expect(told('1.36.4', '1.36.5')[0]).toContain('patch of the running minor')
    expect(told('1.40.1', '1.41.0')[0]).toContain('knows nothing')
  })
  test('the hook that may back up is named instead of the reminder', () => {
    expect(told('1.36.4', '1.37.1')[1]).toContain('no hook')
    expect(told('1.36.4', '1.37.1', true)[1]).toContain('only if a hook of the policy does it')
  })
})

describe('versions', () => {
  test.each<[string, string[], Change]>([
    [
      'kube-proxy newer than the API servers',
      ['blocks version-skew cluster'],
      (c) => void (c.kubeProxy = v('1.37.0')),
    ],
    [
      'kube-proxy four minors behind',
      ['blocks version-skew cluster', 'blocks version-skew cluster'],
      (c) => void (c.kubeProxy = v('1.32.0')),
    ],
    [
      'a worker left behind',
      ['warns node-left-behind w2'],
      (c) => void (c.node('w2').kubeletVersion = v('1.35.4')),
    ],
    [
      'API servers of an upgrade to somewhere else',
      ['warns upgrade-unfinished cluster'],
      (c) => c.setControlPlane('cp1', v('1.36.5')),
    ],
    [
      'an upgrade to the target',
      ['tells upgrade-under-way cluster'],
      (c) => c.setControlPlane('cp1', target),
    ],
    [
      'a kubeadm that was interrupted between two static pods',
      ['tells upgrade-under-way cp1', 'tells upgrade-under-way cluster'],
      (c) => {
        c.setControlPlane('cp1', target)
        const scheduler = c.staticPods.find((one) => one.node === 'cp1' && one.component === 'kube-scheduler')
        if (scheduler !== undefined) scheduler.version = old
      },
    ],
    [
      'kubeadm-config that no API server is at',
      ['warns upgrade-unfinished cluster'],
      (c) => void (c.kubernetesVersion = v('1.36.3')),
    ],
  ])('%s', (_what, expected, change) => expect(said(change)).toEqual(expected))
})

describe('inventory and runner', () => {
  test('a node that has another name in the cluster is one finding, not two', () => {
    const renamed: Change = (cluster) => {
      const node = cluster.node('w2')
      cluster.nodes.delete('w2')
      cluster.nodes.set('worker-2', { ...node, name: 'worker-2' })
    }
    const [finding, ...others] = findings(renamed)
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      id: 'node-renamed',
      node: 'w2',
      remedy: 'Call it worker-2, as the Node object.',
    })
  })

  test.each<[string, string[], Change]>([
    ['a machine outside', [], (c) => void (c.runner = { machineId: 'elsewhere', pod: undefined })],
    [
      'a node',
      ['warns runner-is-node w1'],
      (c) => void (c.runner = { machineId: 'machine-w1', pod: undefined }),
    ],
    [
      'a pod of this cluster',
      ['warns runner-is-pod w1'],
      (c) => {
        forecast([pod('runner-1', {}, { namespace: 'ci' })])(c)
        c.runner = { machineId: '', pod: { namespace: 'ci', name: 'runner-1' } }
      },
    ],
    [
      'a pod of another cluster',
      [],
      (c) => void (c.runner = { machineId: '', pod: { namespace: 'ci', name: 'x' } }),
    ],
  ])('the runner is %s', (_what, expected, change) => expect(about(change)).toEqual(expected))
})

describe('configurations in the cluster', () => {
  const kubelet = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n'
  test.each<[string, string[], Change]>([
    ['of the kubelets, as kubeadm writes it', [], (c) => void (c.kubeletConfiguration = kubelet)],
    [
      'a gate of the kubelets that is gone',
      ['blocks kubelet-config-feature-gate-removed cluster'],
      (c) => void (c.kubeletConfiguration = `${kubelet}featureGates: {SidecarContainers: true}\n`),
    ],
    [
      'a gate of kube-proxy that is gone',
      ['blocks kube-proxy-feature-gate-removed cluster'],
      (c) => void (c.kubeProxyConfiguration = 'featureGates: {SidecarContainers: true}\n'),
    ],
    [
      'a gate of kubeadm that is gone',
      ['tells kubeadm-feature-gate-removed cluster'],
      (c) => void (c.clusterConfiguration = 'featureGates: {NodeLocalCRISocket: true}\n'),
    ],
    [
      'kubeadm-config in a format that is gone',
      ['blocks kubeadm-config-old cluster'],
      (c) => void (c.clusterConfiguration = 'apiVersion: kubeadm.k8s.io/v1beta3\n'),
    ],
    [
      'failCgroupV1 that only the node has',
      ['blocks kubelet-config-cgroup-v1 w1', 'warns cgroup-v1 w1'],
      (c) => {
        c.kubeletConfiguration = kubelet
        c.fact('w1').cgroupV2 = false
        c.fact('w1').kubelet.config.failCgroupV1 = false
      },
    ],
  ])('%s', (_what, expected, change) => expect(said(change)).toEqual(expected))
})

describe('slots of max-unavailable', () => {
  const slots = (bend: Change, maxUnavailable = 1): string[] =>
    said(bend, { maxUnavailable }).filter((line) => line.includes('no-slot-left'))
  const cordoned: Change = (cluster) => void (cluster.node('w1').unschedulable = true)

  test('a worker that somebody cordoned keeps the only one: no other could start', () =>
    expect(slots(cordoned)).toEqual(['blocks no-slot-left cluster']))

  test('none is told when there is another one', () => expect(slots(cordoned, 2)).toEqual([]))

  test.each<[string, Change]>([
    [
      'the upgrade itself cordoned it',
      (cluster) => void Object.assign(cluster.node('w1'), { unschedulable: true, cordonedByUs: true }),
    ],
    [
      'every other worker is at the target',
      (cluster) => {
        cordoned(cluster)
        cluster.node('w2').kubeletVersion = target
      },
    ],
    [
      'this run starts no other one',
      (cluster) => {
        cordoned(cluster)
        cluster.facts.delete('w2')
      },
    ],
  ])('none is told when %s', (_why, bend) => expect(slots(bend)).toEqual([]))
})
