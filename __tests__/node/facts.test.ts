import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parseFacts } from '../../src/node/facts.ts'
import { parseSections } from '../../src/node/sections.ts'

/** What facts.sh printed on nodes of the real lab, cp1 after its upgrade and w1 before. */
const recorded = (name: string) =>
  parseFacts(parseSections(readFileSync(new URL(`../fixtures/${name}.txt`, import.meta.url), 'utf8')))

test('a control plane node of the real lab', () => {
  const facts = recorded('facts-control-plane')
  expect(facts).toMatchObject({
    hostname: 'cp1',
    architecture: 'x86_64',
    os: 'Debian GNU/Linux 12 (bookworm)',
    packageManagers: ['apt-get'],
    brokenPackages: [],
    holds: ['kubeadm', 'kubectl', 'kubelet'],
    binaries: { kubeadm: 'v1.37.1', kubelet: 'v1.37.1', kubectl: 'v1.37.1' },
    kubelet: { active: true, state: 'active/running', restarts: 0, server: 'https://10.200.0.11:6443' },
    apiServerEndpoint: '10.200.0.11:6443',
    etcdDataDir: '/var/lib/etcd',
    hasAdminConf: true,
    swap: false,
    cgroupV2: false,
  })
  expect(facts.packages.get('kubelet')).toBe('1.37.1-1.1')
  expect(facts.repositories).toMatchObject([
    { file: '/etc/apt/sources.list.d/kubernetes.list', format: 'list', minor: '1.37' },
  ])
  expect(facts.manifests.get('etcd')).toBe('registry.k8s.io/etcd:3.7.0-0')
  expect(facts.jobs.find((job) => job.purpose === 'kubeadm-upgrade-apply-v1.37.1')).toMatchObject({
    code: 0,
    state: 'finished',
  })
  expect(facts.disks.map((disk) => disk.mount)).toContain('/var/lib/containerd')
  expect(facts.etcdKiB).toBeGreaterThan(1000)
})

test('a worker of the real lab', () => {
  const facts = recorded('facts-worker')
  expect(facts).toMatchObject({
    hostname: 'w1',
    apiServerEndpoint: '',
    hasAdminConf: false,
    etcdDataDir: '',
    backups: [],
  })
  expect(facts.manifests.size).toBe(0)
  expect(facts.kubelet.server).toBe('https://10.200.0.1:6443')
})

test('a repository in deb822 form is read, a disabled one and a comment are not', () => {
  const repository = (file: string, content: string) =>
    parseFacts(
      new Map([
        ['package-manager', 'apt-get\n'],
        [`repository ${file}`, content],
      ]),
    ).repositories
  const stanza = 'Types: deb\nURIs: https://pkgs.k8s.io/core:/stable:/v1.36/deb/\nSuites: /\n'
  expect(repository('/etc/apt/sources.list.d/k.sources', stanza)).toMatchObject([
    { format: 'sources', minor: '1.36' },
  ])
  expect(repository('/etc/apt/sources.list.d/k.sources', `${stanza}Enabled: no\n`)).toEqual([])
  expect(
    repository('/etc/apt/sources.list.d/k.list', '# deb https://pkgs.k8s.io/core:/stable:/v1.36/deb/ /\n'),
  ).toEqual([])
  expect(
    repository('/etc/apt/sources.list.d/k.list', 'deb https://apt.kubernetes.io/ kubernetes-xenial main\n'),
  ).toMatchObject([{ minor: undefined }])
})
