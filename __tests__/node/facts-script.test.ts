import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { rewritePaths } from '../../lab/sim/rewrite.ts'
import { parseFacts } from '../../src/node/facts.ts'
import { parseSections } from '../../src/node/sections.ts'

const script = readFileSync(new URL('../../src/node/scripts/facts.sh', import.meta.url), 'utf8')

/** Self-signed, made for this test. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUJ7U2yl69PKrY0JXoRmxfWmgjs5UwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjMwMzM1MTFaFw0zNjExMjAwMzM1MTFa
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARd4G4+
LbRm2Cj8HWVk7hryd40XZ9TYsO5tOjeYLmO4C7o7WM9FuDKE74V/h+uzZMn2ZIXy
DUnJee8WVOUnf7Yuo1MwUTAdBgNVHQ4EFgQUO0/PePsPLVCMvCpg9nddYhgyDmkw
HwYDVR0jBBgwFoAUO0/PePsPLVCMvCpg9nddYhgyDmkwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiAkoPt42Qx64R/Dd6T6RPaLtlkgyK7nZSX1tM2U
qrCZ7QIhAPn7WAiBuzd/xUHMmWVaVS1dhvhXvBswc+cUEsCa8TlN
-----END CERTIFICATE-----
`
const expires = 2110764911

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'facts-'))
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

function write(path: string, text: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** What the script prints on a machine whose /etc, /var and /proc are below `root`. */
function look(): string {
  const { stdout, status } = spawnSync('sh', ['-s'], { input: rewritePaths(script, root), encoding: 'utf8' })
  expect(status).toBe(0)
  return stdout
}

const facts = () => parseFacts(parseSections(look()))

test('certificates leave the node, private keys beside them do not', () => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE KEY-----\n'
  write('/etc/kubernetes/pki/apiserver.crt', `${key}${certificate}`)
  write('/etc/kubernetes/pki/etcd/server.crt', certificate)
  write('/var/lib/kubelet/pki/kubelet-client-current.pem', `${certificate}${key}`)
  const data = Buffer.from(certificate).toString('base64')
  write(
    '/etc/kubernetes/admin.conf',
    `users:\n- user:\n    client-certificate-data: ${data}\n    client-key-data: c2VjcmV0\n`,
  )
  write('/etc/kubernetes/pki/ca.key', key)
  expect(look()).not.toMatch(/PRIVATE KEY|c2VjcmV0/)
  expect(facts().certificates).toEqual(
    ['apiserver.crt', 'etcd/server.crt', 'kubelet-client-current.pem', 'admin.conf'].map((file) => ({
      file,
      expires,
    })),
  )
  expect(facts().caKeys).toEqual(['ca.key'])
})

test('only keyrings that a Kubernetes source names are read', () => {
  write(
    '/etc/apt/sources.list.d/k.list',
    'deb [signed-by=/etc/apt/keyrings/k.gpg] https://m/core:/stable:/v1.36/deb/ /\n',
  )
  write('/etc/apt/keyrings/k.gpg', 'k')
  write('/etc/apt/keyrings/docker.gpg', 'd')
  expect([...facts().keyrings]).toEqual([['k.gpg', 'aw==\n']])
})

test('a lock is told of with its process, by inode', () => {
  write('/var/lib/dpkg/lock-frontend', '')
  write('/var/lib/dpkg/lock', '')
  const { ino } = statSync(join(root, '/var/lib/dpkg/lock-frontend'))
  write(
    '/proc/locks',
    `1: POSIX  ADVISORY  WRITE 4242 fe:01:${ino} 0 EOF\n2: FLOCK  ADVISORY  WRITE 1 fe:01:7 0 EOF\n`,
  )
  write('/proc/4242/comm', 'unattended-upgr\n')
  expect(facts().packageLocks).toEqual([{ file: 'lock-frontend', pid: 4242, holder: 'unattended-upgr' }])
})

test('a pin of Kubernetes packages is read, one of something else is not', () => {
  write('/etc/apt/preferences.d/k8s', 'Package: kubelet\nPin: version 1.36.*\nPin-Priority: -1\n')
  write('/etc/apt/preferences.d/other', 'Package: nginx\nPin: version 1.2\nPin-Priority: 900\n')
  expect(facts().preferences.map(({ file }) => file)).toEqual(['k8s'])
})

test.each([
  ['10.0.0.11:6443', '10.0.0.11:6443'],
  // YAML takes a bracket for a list, so kubeadm quotes it.
  ["'[fd00::11]:6443'", '[fd00::11]:6443'],
])('the API server of the node: %s', (written, read) => {
  const annotation = `kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: ${written}`
  write('/etc/kubernetes/manifests/kube-apiserver.yaml', `metadata:\n  annotations:\n    ${annotation}\n`)
  expect(facts().apiServerEndpoint).toBe(read)
})

test('flags of static pods and the kubelet’s configuration', () => {
  write(
    '/etc/kubernetes/manifests/kube-scheduler.yaml',
    'spec:\n  containers:\n  - command:\n    - kube-scheduler\n    - --leader-elect=true\n    - --v=2\n    image: x\n',
  )
  write(
    '/var/lib/kubelet/config.yaml',
    'featureGates: {A: true}\nfailCgroupV1: false\nimageGCHighThresholdPercent: 90\n',
  )
  write('/etc/default/kubelet', 'KUBELET_EXTRA_ARGS=--v=3\n')
  const { componentFlags, kubelet } = facts()
  expect([...componentFlags]).toEqual([['kube-scheduler', ['--leader-elect=true', '--v=2']]])
  expect(kubelet.extraFlags).toBe('KUBELET_EXTRA_ARGS=--v=3')
  expect(kubelet.config).toEqual({
    featureGates: { A: true },
    failCgroupV1: false,
    failSwapOn: undefined,
    imageGCHighThresholdPercent: 90,
  })
})
