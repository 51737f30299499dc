import { describe, expect, test } from '@jest/globals'
import { parseManifest } from '../../src/node/manifest.ts'
import { findings, type Change } from './said.ts'

/** As kubeadm 1.36 writes it on the real lab, without its probes. */
const scheduler = `apiVersion: v1
kind: Pod
spec:
  containers:
  - command: [kube-scheduler, --leader-elect=true]
    env: []
    image: registry.k8s.io/kube-scheduler:v1.36.4
    name: kube-scheduler
    resources:
      requests:
        cpu: 100m
    volumeMounts:
    - {mountPath: /etc/kubernetes/scheduler.conf, name: kubeconfig, readOnly: true}
  volumes:
  - hostPath: {path: /etc/kubernetes/scheduler.conf, type: FileOrCreate}
    name: kubeconfig
`

const edited =
  (edit: (text: string) => string, configuration = ''): Change =>
  (cluster) => {
    const shape = parseManifest(edit(scheduler))
    if (shape !== undefined) cluster.fact('cp1').manifestShapes.set('kube-scheduler', shape)
    cluster.clusterConfiguration = configuration
  }

const seen = (change: Change): string =>
  findings(change).find((one) => one.id === 'manifest-edited')?.seen ?? ''

describe('manifests edited by hand', () => {
  test('one that kubeadm wrote is none, and what is no manifest says nothing', () => {
    expect(seen(edited((text) => text))).toBe('')
    expect(parseManifest('{')).toBeUndefined()
    expect(parseManifest('')).toBeUndefined()
  })

  test.each<[string, (text: string) => string, string]>([
    [
      'a folder of the node',
      (text) => `${text}  - hostPath: {path: /var/log/audit}\n    name: audit\n`,
      'the folder /var/log/audit',
    ],
    [
      'a variable',
      (text) => text.replace('env: []', 'env: [{name: GODEBUG, value: secret}]'),
      'the environment variable GODEBUG',
    ],
    ['requests', (text) => text.replace('cpu: 100m', 'cpu: 1'), 'requests (cpu 1 instead of cpu 100m)'],
    [
      'limits',
      (text) => text.replace('      requests:', '      limits: {memory: 1Gi}\n      requests:'),
      'limits (memory 1Gi)',
    ],
    [
      'a container',
      (text) => text.replace('  volumes:', '  - name: sidecar\n  volumes:'),
      'the container sidecar',
    ],
  ])('%s', (_what, edit, expected) => {
    expect(seen(edited(edit))).toContain(`upgrade drops: ${expected}.`)
    expect(seen(edited(edit))).not.toContain('secret')
  })

  test('what kubeadm-config adds, and a proxy that kubeadm hands on, are not', () => {
    const both = (text: string): string =>
      `${text.replace('env: []', 'env: [{name: GODEBUG}, {name: HTTPS_PROXY}]')}  - hostPath: {path: /var/log/audit}\n    name: audit\n`
    const configuration =
      'scheduler: {extraVolumes: [{name: audit, hostPath: /var/log/audit}], extraEnvs: [{name: GODEBUG}]}'
    expect(seen(edited(both, configuration))).toBe('')
  })

  test('another value of a flag that kubeadm always sets alike, unless extraArgs say so', () => {
    const flags =
      (configuration: string): Change =>
      (cluster) => {
        cluster.fact('cp1').componentFlags.set('kube-scheduler', ['--leader-elect=false'])
        cluster.clusterConfiguration = configuration
      }
    expect(seen(flags(''))).toContain('the value of --leader-elect')
    expect(seen(flags('scheduler: {extraArgs: [{name: leader-elect, value: "false"}]}'))).toBe('')
  })
})
