import { describe, expect, test } from '@jest/globals'
import { policy, target, TestCluster, v } from './world.ts'

const packages = ['switch-repository', 'stage-packages']
const kubelet = ['cordon', 'drain', 'install-kubelet', 'restart-kubelet', 'wait-healthy', 'uncordon']

describe('what is missing on a node, from what is observed', () => {
  test('the first control plane node gets kubeadm upgrade apply, in the documented order', () => {
    expect(new TestCluster().missing('cp1')).toEqual([
      ...packages,
      'stage-images',
      'install-kubeadm',
      'stop-api-server',
      'kubeadm-upgrade-apply',
      ...kubelet,
    ])
  })

  test('the other control plane nodes get kubeadm upgrade node', () => {
    expect(new TestCluster().missing('cp2')).toContain('kubeadm-upgrade-node')
    expect(new TestCluster().missing('cp2')).not.toContain('kubeadm-upgrade-apply')
  })

  test('a worker pulls no control plane images and stops no API server', () => {
    expect(new TestCluster().missing('w1')).toEqual([
      ...packages,
      'install-kubeadm',
      'kubeadm-upgrade-node',
      ...kubelet,
    ])
  })

  test('a Windows worker is drained before kubeadm upgrade node, as its page says', () => {
    const cluster = new TestCluster()
    const facts = cluster.facts.get('w1')
    if (facts === undefined) throw new Error('no w1')
    cluster.facts.set('w1', { ...facts, system: 'windows', packageManager: 'windows', repositories: [] })
    expect(cluster.missing('w1')).toEqual([
      'stage-packages',
      'install-kubeadm',
      'cordon',
      'drain',
      'kubeadm-upgrade-node',
      'install-kubelet',
      'restart-kubelet',
      'wait-healthy',
      'uncordon',
    ])
  })

  test('a finished cluster misses nothing, also without the records of our jobs', () => {
    const cluster = new TestCluster()
    cluster.finishAll()
    for (const name of cluster.roles.keys()) expect(cluster.missing(name)).toEqual([])
  })

  test('new static pods alone are not a finished apply: kubeadm-config still has the old version', () => {
    const cluster = new TestCluster()
    cluster.finish('cp1')
    expect(cluster.missing('cp1')).toEqual(['stop-api-server', 'kubeadm-upgrade-apply', 'wait-healthy'])
  })

  test('new static pods and kubeadm-config are not a finished apply when kubeadm left no exit code', () => {
    const cluster = new TestCluster()
    cluster.finish('cp1')
    cluster.kubernetesVersion = target
    cluster.jobEnded('cp1', 'kubeadm-upgrade-apply-v1.37.1', null)
    expect(cluster.missing('cp1')).toContain('kubeadm-upgrade-apply')
    cluster.jobEnded('cp1', 'kubeadm-upgrade-apply-v1.37.1', 0)
    expect(cluster.missing('cp1')).toEqual([])
  })

  test("exit code 0 of another version's kubeadm says nothing", () => {
    const cluster = new TestCluster()
    cluster.jobEnded('w1', 'kubeadm-upgrade-node-v1.36.4', 0)
    expect(cluster.missing('w1')).toContain('kubeadm-upgrade-node')
  })

  test('a removed hold is all that is missing', () => {
    const cluster = new TestCluster()
    cluster.finishAll()
    cluster.fact('cp2').holds = ['kubeadm', 'kubectl']
    expect(cluster.missing('cp2')).toEqual(['hold-packages'])
  })

  test('a stopped kubelet is started without a drain', () => {
    const cluster = new TestCluster()
    cluster.finishAll()
    cluster.fact('w1').kubelet.active = false
    expect(cluster.missing('w1')).toEqual(['restart-kubelet', 'wait-healthy'])
  })

  test('killed between installation and restart, the kubelet is still drained and restarted', () => {
    const cluster = new TestCluster()
    cluster.finishAll()
    cluster.node('w1').kubeletVersion = v('1.36.4')
    cluster.node('w1').unschedulable = true
    cluster.node('w1').cordonedByUs = true
    expect(cluster.missing('w1')).toEqual(expect.arrayContaining(['drain', 'restart-kubelet', 'uncordon']))
    expect(cluster.missing('w1')).not.toContain('install-kubelet')
  })

  test('killed before uncordon, uncordon is all that is missing', () => {
    const cluster = new TestCluster()
    cluster.finishAll()
    cluster.node('w1').unschedulable = true
    cluster.node('w1').cordonedByUs = true
    expect(cluster.missing('w1')).toEqual(['uncordon'])
  })

  test('a node that somebody else cordoned stays cordoned', () => {
    const cluster = new TestCluster()
    cluster.node('w1').unschedulable = true
    expect(cluster.missing('w1')).toContain('drain')
    expect(cluster.missing('w1')).not.toContain('cordon')
    expect(cluster.missing('w1')).not.toContain('uncordon')
  })

  test('for a patch the policy may leave out the drain, for a minor it may not', () => {
    const lenient = policy({ drain: { onPatch: false } })
    const cluster = new TestCluster()
    expect(cluster.missing('w1', { policy: lenient })).toContain('drain')
    cluster.finishAll()
    expect(cluster.missing('w1', { version: v('1.37.2'), policy: lenient })).not.toContain('drain')
    expect(cluster.missing('w1', { version: v('1.37.2') })).toContain('drain')
  })
})

describe('a kubelet of a control plane node that talks to the load balancer', () => {
  const behindBalancer = (): TestCluster => {
    const cluster = new TestCluster()
    for (const name of ['cp1', 'cp2', 'cp3']) cluster.fact(name).kubelet.server = 'https://10.200.0.1:6443'
    return cluster
  }

  test('waits until every API server is at the version', () => {
    const cluster = behindBalancer()
    expect(cluster.missing('cp1')).not.toEqual(expect.arrayContaining(['install-kubelet']))
    expect(cluster.missing('cp1')).toContain('kubeadm-upgrade-apply')
  })

  test('moves after the last control plane node', () => {
    const cluster = behindBalancer()
    for (const name of ['cp1', 'cp2', 'cp3']) cluster.setControlPlane(name, target)
    cluster.kubernetesVersion = target
    cluster.kubeProxy = target
    expect(cluster.missing('cp1')).toEqual(
      expect.arrayContaining(['drain', 'install-kubelet', 'restart-kubelet']),
    )
  })

  test('needs not wait when it is the only one', () => {
    const cluster = behindBalancer()
    expect(cluster.missing('cp1', { controlPlanes: 1 })).toContain('install-kubelet')
  })
})

describe('the API server is stopped gracefully only where that helps', () => {
  test('not when the control plane endpoint is one of the nodes', () => {
    const cluster = new TestCluster()
    cluster.endpoint = 'address-of-cp1:6443'
    expect(cluster.missing('cp1')).not.toContain('stop-api-server')
  })

  test('not when no other API server is ready', () => {
    const cluster = new TestCluster()
    for (const pod of cluster.staticPods) if (pod.node !== 'cp1') pod.ready = false
    expect(cluster.missing('cp1')).not.toContain('stop-api-server')
  })

  test('not with external etcd, and not when the policy says never', () => {
    const cluster = new TestCluster()
    expect(
      cluster.missing('cp1', { policy: policy({ apiServer: { gracefulStop: 'never' } }) }),
    ).not.toContain('stop-api-server')
    cluster.etcd = 'external'
    expect(cluster.missing('cp1')).not.toContain('stop-api-server')
  })
})

describe('where packages come from', () => {
  const mirror = policy({ packages: { baseUrl: 'https://mirror.example/k8s/' } })

  test('a node without packages has no repository to switch, and nothing to hold', () => {
    const cluster = new TestCluster()
    const facts = cluster.fact('w1')
    facts.packageManager = 'binary'
    facts.repositories = []
    expect(cluster.missing('w1')).toEqual([
      'stage-packages',
      'install-kubeadm',
      'kubeadm-upgrade-node',
      ...kubelet,
    ])
  })

  test('the mirror of the policy is a reason to change the repository file, also within a minor', () => {
    const cluster = new TestCluster()
    cluster.finishAll()
    const at = (baseUrl: string): string[] => {
      for (const repository of cluster.fact('w1').repositories) repository.baseUrl = baseUrl
      return cluster.missing('w1', { policy: mirror })
    }
    expect(at('https://pkgs.k8s.io')).toContain('switch-repository')
    expect(at('https://mirror.example/k8s')).toEqual([])
  })
})

test('kube-proxy that kubeadm was told to leave alone does not keep apply unfinished', () => {
  const cluster = new TestCluster()
  cluster.finishAll()
  cluster.kubeProxy = v('1.36.4')
  cluster.jobEnded('cp1', `kubeadm-upgrade-apply-${target}`, 0)
  const leaving = policy({ kubeadm: { config: { apply: { skipPhases: ['addon/kube-proxy'] } } } })
  expect(cluster.missing('cp1')).toContain('kubeadm-upgrade-apply')
  expect(cluster.missing('cp1', { policy: leaving })).toEqual([])
})
