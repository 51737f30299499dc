import { expect, test } from '@jest/globals'
import { causeOf } from '../../src/node/kubelet-failure.ts'
import { manifestsAfter } from '../../src/plan/rolled-back.ts'

const at = (images: Record<string, string>) => ({ manifests: new Map(Object.entries(images)) })
const old = {
  etcd: 'registry.k8s.io/etcd:3.6.8-0',
  'kube-apiserver': 'registry.k8s.io/kube-apiserver:v1.36.4',
}

test('kubeadm that put the old manifests back is told from one that was stopped in between', () => {
  expect(manifestsAfter('cp1', at(old), at(old))).toMatch(/manifests of before/)
  const half = { ...old, etcd: 'registry.k8s.io/etcd:3.7.0-0' }
  expect(manifestsAfter('cp1', at(old), at(half))).toBe(
    'Already changed on cp1: etcd at v3.7.0; the other static pods have the manifests of before.',
  )
  expect(manifestsAfter('cp1', at(old), at({ etcd: old.etcd }))).toMatch(/kube-apiserver is missing on cp1/)
  expect(manifestsAfter('w1', at({}), at({}))).toBe(undefined)
})

test('a kubelet that names its trouble: the removed flag or gate, and what to do', () => {
  expect(
    causeOf(
      'run.go:72] "command failed" err="failed to parse kubelet flag: unknown flag: --pod-infra-container-image"',
      'w1',
    ),
  ).toMatch(/--pod-infra-container-image any more. Remove it on w1 from/)
  expect(causeOf('unrecognized feature gate: SidecarContainers', 'w1')).toMatch(
    /feature gate SidecarContainers/,
  )
  expect(causeOf('x509: certificate has expired or is not yet valid: current time', 'w1')).toMatch(
    /clock of w1/,
  )
  expect(causeOf('all is well', 'w1')).toBe(undefined)
})
