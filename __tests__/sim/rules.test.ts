import { afterEach, expect, test } from '@jest/globals'
import { Lab } from './world.ts'

let lab: Lab
afterEach(() => lab.end())

const all = ['kubeadm', 'kubelet', 'kubectl']

test('kubeadm upgrades one minor at a time, and only to its own version', async () => {
  lab = new Lab(1, 0)
  await lab.install('cp1', ['kubeadm'], 'v1.38.0')
  expect((await lab.upgrade('cp1', 'apply', 'v1.38.0')).err).toMatch(
    /kubeadm can upgrade only 1 minor version at a time/,
  )
  const other = await lab.upgrade('cp1', 'apply', 'v1.37.1')
  expect(other.err).toContain(
    'Kubeadm version v1.38.0 can only be used to upgrade to Kubernetes version 1.38',
  )
})

test('kubeadm does not upgrade to a version above its own', async () => {
  lab = new Lab(1, 0)
  const result = await lab.upgrade('cp1', 'apply', 'v1.37.1')
  expect(result).toMatchObject({ code: 1 })
  expect(result.err).toContain('is higher than the kubeadm version "v1.36.4"')
})

test('kubeadm upgrade node takes the version from kubeadm-config: before apply it changes nothing', async () => {
  lab = new Lab(2, 0)
  await lab.install('cp2', ['kubeadm'], 'v1.37.1')
  expect((await lab.upgrade('cp2', 'node')).code).toBe(0)
  expect(image('cp2')).toBe('registry.k8s.io/kube-apiserver:v1.36.4')
})

test('addons move with the last API server, not before', async () => {
  lab = new Lab(2, 1)
  for (const name of ['cp1', 'cp2']) await lab.install(name, ['kubeadm'], 'v1.37.1')
  const first = await lab.upgrade('cp1', 'apply', 'v1.37.1')
  expect(first.out).toContain(
    'Skipping upgrade of addons because control plane instances [cp2] have not been upgraded',
  )
  expect(lab.cluster.addons['kube-proxy'].image).toContain('v1.36.4')
  expect((await lab.upgrade('cp2', 'node')).code).toBe(0)
  expect(lab.cluster.addons['kube-proxy'].image).toContain('v1.37.1')
})

test('a component that does not come up makes kubeadm roll back', async () => {
  lab = new Lab(1, 0)
  await lab.install('cp1', ['kubeadm'], 'v1.37.1')
  lab.cluster.machine('cp1').brokenImages.add('registry.k8s.io/kube-apiserver:v1.37.1')
  const result = await lab.upgrade('cp1', 'apply', 'v1.37.1')
  expect(result.code).toBe(1)
  expect(result.err).toMatch(/tried to recover everything into the earlier state/)
  lab.cluster.settle()
  expect(image('cp1')).toBe('registry.k8s.io/kube-apiserver:v1.36.4')
})

test('with the kubelet stopped no static pod is replaced', async () => {
  lab = new Lab(1, 0)
  await lab.install('cp1', ['kubeadm'], 'v1.37.1')
  await lab.run('cp1', 'sim-systemctl stop kubelet')
  expect((await lab.upgrade('cp1', 'apply', 'v1.37.1')).code).toBe(1)
})

test('etcd without a quorum takes all API servers away', async () => {
  lab = new Lab(3, 0)
  const remove = (name: string): void =>
    lab.cluster.machine(name).remove('/etc/kubernetes/manifests/etcd.yaml')
  remove('cp2')
  expect((await lab.kubectl('get', '--raw=/readyz')).out).toBe('ok')
  remove('cp3')
  expect(await lab.kubectl('get', '--raw=/readyz')).toMatchObject({ code: 1, out: '' })
})

test('apt moves no held package, and only to what the repository of its minor offers', async () => {
  lab = new Lab(1, 0)
  await lab.run('cp1', 'apt-get update')
  const held = await lab.run('cp1', 'apt-get install -y kubeadm=1.36.5-*')
  expect(held.err).toContain(
    'E: Held packages were changed and -y was used without --allow-change-held-packages.',
  )
  const newer = await lab.run('cp1', 'apt-get install -y kubeadm=1.37.1-*')
  expect(newer.err).toContain("E: Version '1.37.1-*' for 'kubeadm' was not found")
  expect((await lab.run('cp1', 'apt-mark showhold')).out.split('\n').filter(Boolean)).toEqual(all.toSorted())
})

test('a kubelet that is newer than the API servers does not become Ready', async () => {
  lab = new Lab(1, 1)
  await lab.install('w1', all, 'v1.37.1')
  await lab.run('w1', 'sim-systemctl restart kubelet')
  lab.cluster.time.skip(3500)
  expect(await lab.ready('w1')).toBe('Unknown')
  expect(lab.cluster.violations.map(({ rule }) => rule)).toContain('kubelet-newer')
})

test('the pods of a node that was not drained are lost when its kubelet changes its minor', async () => {
  lab = new Lab(1, 1)
  await lab.install('cp1', ['kubeadm'], 'v1.37.1')
  await lab.upgrade('cp1', 'apply', 'v1.37.1')
  await lab.install('w1', all, 'v1.37.1')
  await lab.run('w1', 'sim-systemctl restart kubelet')
  expect(lab.cluster.violations.map(({ rule }) => rule)).toEqual(['pods-lost'])
})

test('more workers out of service than allowed are noticed, whether cordoned or not Ready', async () => {
  lab = new Lab(1, 3)
  lab.cluster.maxUnavailable = 2
  await lab.kubectl('cordon', 'w1')
  await lab.run('w2', 'sim-systemctl stop kubelet')
  lab.cluster.time.skip(3500)
  await lab.kubectl('get', 'nodes')
  expect(lab.cluster.violations).toEqual([])
  await lab.kubectl('cordon', 'w3')
  await lab.kubectl('get', 'nodes')
  expect(lab.cluster.violations.map(({ text }) => text)).toEqual([
    'w1, w2, w3 are out of service at the same time; allowed are 2',
  ])
})

test('a drain moves pods elsewhere, and waits for a disruption budget until its time is up', async () => {
  lab = new Lab(1, 2)
  const drained = await lab.kubectl('drain', 'w1', '--ignore-daemonsets', '--timeout=600s')
  expect(drained).toMatchObject({ code: 0 })
  expect(lab.cluster.pods.filter((pod) => pod.node === 'w1' && pod.daemonSet !== true)).toEqual([])
  const stuck = await lab.kubectl('drain', 'w2', '--ignore-daemonsets', '--timeout=30s')
  expect(stuck.code).toBe(1)
  expect(stuck.err).toContain("Cannot evict pod as it would violate the pod's disruption budget.")
  expect(stuck.err).toContain('global timeout reached: 30s')
})

test('a write with an old resourceVersion is a conflict', async () => {
  lab = new Lab(1, 0)
  const version = await lab.kubectl('get', 'node', 'cp1', '-o', 'jsonpath={.metadata.resourceVersion}')
  const patch = `{"metadata":{"resourceVersion":"${version.out}","annotations":{"a":"b"}}}`
  expect((await lab.kubectl('patch', 'node', 'cp1', '--type=merge', '-p', patch)).code).toBe(0)
  const again = await lab.kubectl('patch', 'node', 'cp1', '--type=merge', '-p', patch)
  expect(again.err).toMatch(/^Error from server \(Conflict\): Operation cannot be fulfilled on nodes "cp1"/)
})

function image(name: string): string | undefined {
  return lab.cluster.machine(name).containers.get('kube-apiserver')?.image
}
