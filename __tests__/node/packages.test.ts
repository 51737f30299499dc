import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { parsePackages } from '../../src/node/packages/facts.ts'
import { heldByDnf, heldByZypper } from '../../src/node/packages/holds.ts'
import { packageManagerIn, type Evidence } from '../../src/node/packages/kinds.ts'
import { parseLines, parseMadison, parseSolvables } from '../../src/node/packages/offered.ts'
import { findRepositories } from '../../src/node/packages/repository.ts'
import { parseSections } from '../../src/node/sections.ts'

const names = ['kubeadm', 'kubelet', 'kubectl']
const repo = (minor = '1.36', more = ''): string =>
  `[kubernetes]
name=Kubernetes
baseurl=https://pkgs.k8s.io/core:/stable:/v${minor}/rpm/
enabled=1
gpgcheck=1
gpgkey=https://pkgs.k8s.io/core:/stable:/v${minor}/rpm/repodata/repomd.xml.key
${more}`

describe('which package manager has the packages', () => {
  const evidence = (given: Partial<Evidence>): Evidence => ({
    commands: [],
    dpkg: [],
    rpm: [],
    kubelet: true,
    repositoryFiles: [],
    ...given,
  })

  test.each<[string, Partial<Evidence>, string | undefined]>([
    ['Debian', { commands: ['apt-get'], dpkg: names }, 'apt'],
    ['Debian with dnf and zypper', { commands: ['apt-get', 'dnf', 'zypper'], dpkg: names }, 'apt'],
    ['RHEL', { commands: ['dnf', 'yum'], rpm: names }, 'dnf'],
    ['Fedora, whose dnf is dnf5', { commands: ['dnf5', 'dnf', 'yum'], rpm: names }, 'dnf5'],
    ['Fedora with apt', { commands: ['apt-get', 'dnf5', 'dnf'], rpm: names }, 'dnf5'],
    [
      'openSUSE',
      { commands: ['zypper'], rpm: names, repositoryFiles: ['/etc/zypp/repos.d/k.repo'] },
      'zypper',
    ],
    [
      'openSUSE with dnf',
      { commands: ['dnf', 'zypper'], rpm: names, repositoryFiles: ['/etc/zypp/repos.d/k.repo'] },
      'zypper',
    ],
    [
      'Fedora with zypper',
      { commands: ['dnf', 'zypper'], rpm: names, repositoryFiles: ['/etc/yum.repos.d/k.repo'] },
      'dnf',
    ],
    ['CentOS 7, whose yum is yum 3', { commands: ['yum'], rpm: names }, undefined],
    ['Flatcar', { commands: [] }, 'binary'],
    ['Debian with programs of its own', { commands: ['apt-get'] }, 'binary'],
    ['Debian without Kubernetes', { commands: ['apt-get'], kubelet: false }, 'apt'],
    ['nothing at all', { kubelet: false }, undefined],
  ])('%s', (_name, given, expected) => {
    expect(packageManagerIn(evidence(given))).toBe(expected)
  })
})

describe('what keeps packages where they are', () => {
  const sections = (content: string): ReturnType<typeof findRepositories> =>
    findRepositories(new Map([['repository /etc/yum.repos.d/kubernetes.repo', content]]))
  const held = (repository: string, files: Record<string, string> = {}): string[] =>
    heldByDnf(
      names,
      sections(repository),
      Object.entries(files).map(([file, content]) => ({ file, content })),
    )

  test.each([
    ['the documented exclude=', 'exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni\n', names],
    ['dnf5 calls it excludepkgs', 'excludepkgs = kubelet, kubectl\n', ['kubelet', 'kubectl']],
    ['patterns', 'exclude=kube*\n', names],
    ['continued lines', 'exclude=kubelet\n  kubeadm\n\tkubectl\n', names],
    ['a comment', '# exclude=kubelet\n', []],
    ['other packages', 'exclude=kubelet-devel kernel*\n', []],
  ])('%s', (_name, line, expected) => {
    expect(held(repo('1.36', line)).toSorted()).toEqual(expected.toSorted())
  })

  test('an exclude= of another repository of the same file does not count', () => {
    expect(held(`${repo()}\n[other]\nbaseurl=https://other.example/\nexclude=kubelet\n`)).toEqual([])
  })

  test('dnf.conf and versionlock, as dnf 4 and dnf5 write them', () => {
    expect(held(repo(), { '/etc/dnf/dnf.conf': '[main]\nexclude=kubectl\n' })).toEqual(['kubectl'])
    const list =
      '\n# Added lock on Tue Nov 24 20:32:43 2026\nkubelet-0:1.36.1-150500.1.1.*\n!kubeadm-0:1.36.2-1.1.*\n'
    expect(held(repo(), { '/etc/dnf/plugins/versionlock.list': list })).toEqual(['kubelet'])
    const toml =
      'version = "1.0"\n\n[[packages]]\nname = "kubelet"\n\n[[packages.conditions]]\nkey = "evr"\ncomparator = "="\nvalue = "1.36.1-150500.1.1"\n'
    expect(held(repo(), { '/etc/dnf/versionlock.toml': toml })).toEqual(['kubelet'])
  })

  test('locks of zypper', () => {
    const lock = (name: string, type = 'package'): string =>
      `\ntype: ${type}\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: ${name}\n\n`
    const file = (content: string) => [{ file: '/etc/zypp/locks', content }]
    expect(heldByZypper(names, file(lock('kubeadm') + lock('kubelet')))).toEqual(['kubeadm', 'kubelet'])
    expect(heldByZypper(names, file(lock('kube*')))).toEqual(names)
    expect(heldByZypper(names, file(lock('kubelet', 'patch')))).toEqual([])
    expect(heldByZypper(names, [])).toEqual([])
  })
})

describe('repository files', () => {
  const found = (content: string) =>
    findRepositories(new Map([['repository /etc/yum.repos.d/k8s.repo', content]]))

  test('the Kubernetes section of a file of several, under its own name', () => {
    const text = `[crio]\nbaseurl=https://pkgs.k8s.io/addons:/cri-o:/stable:/v1.36/rpm/\n\n${repo().replace('[kubernetes]', '[k8s-stable]')}`
    const kubernetes = found(text)
    expect(kubernetes).toMatchObject([{ id: 'k8s-stable', minor: '1.36', format: 'repo' }])
    expect(kubernetes[0]?.content).not.toContain('crio')
  })

  test("CRI-O's own repository is none, wherever a mirror keeps it", () => {
    const host = 'https://download.opensuse.org/repositories/isv:/kubernetes:/addons:/cri-o:/stable:/v1.36'
    expect(found(`[cri-o]\nbaseurl=${host}/rpm/\n`)).toEqual([])
    const list = (text: string) =>
      findRepositories(new Map([['repository /etc/apt/sources.list.d/any.list', text]]))
    expect(list(`deb [signed-by=/etc/apt/keyrings/kubernetes-cri-o.gpg] ${host}/deb/ /\n`)).toEqual([])
    expect(
      list('deb [signed-by=/etc/apt/keyrings/kubernetes.gpg] https://any.example/debian stable main\n'),
    ).toEqual([])
  })

  test('a mirror that writes the layout without colons', () => {
    const text = repo().replaceAll(
      'https://pkgs.k8s.io/core:/stable:/',
      'https://mirrors.example/kubernetes-new/core/stable/',
    )
    expect(found(text)).toMatchObject([{ minor: '1.36', baseUrl: 'https://mirrors.example/kubernetes-new' }])
  })

  test('a disabled one and a comment are none; the old hosts have no minor', () => {
    expect(found(repo('1.36', 'enabled=0\n').replace('enabled=1\n', ''))).toEqual([])
    expect(found(repo().replace('baseurl=', '#baseurl='))).toEqual([])
    const old = '[kubernetes]\nbaseurl=https://packages.cloud.google.com/yum/repos/kubernetes-el7-x86_64\n'
    expect(found(old)).toMatchObject([{ minor: undefined }])
  })
})

test('an rpm that was killed leaves a package twice: the old version counts, and the node says so', () => {
  const facts = parsePackages(
    new Map([
      ['package-manager', 'dnf\nyum\n'],
      [
        'rpm-packages',
        'kubeadm\t1.37.1-150500.1.1\nkubelet\t1.36.4-150500.1.1\nkubelet\t1.37.1-150500.1.1\n',
      ],
    ]),
  )
  expect(facts.packages.get('kubelet')).toBe('1.36.4-150500.1.1')
  expect(facts.brokenPackages).toEqual(['kubelet'])
})

test('what the repositories offer, as each package manager prints it', () => {
  expect(
    parseMadison('   kubeadm | 1.36.1-1.1 | https://pkgs.k8s.io/core:/stable:/v1.36/deb  Packages\n'),
  ).toEqual(['v1.36.1'])
  expect(parseLines('1.37.1-150500.1.1\n\n1.38.0~rc.0-150500.1.1\n')).toEqual(['v1.37.1', 'v1.38.0-rc.0'])
  expect(
    parseSolvables(
      '<solvable status="not-installed" name="kubeadm" kind="package" edition="1.37.2-150500.1.1" arch="x86_64" repository="Kubernetes"/>',
    ),
  ).toEqual(['v1.37.2'])
})

describe('what facts.sh printed beside real package managers', () => {
  /** Recorded with Debian's dnf 4.14, dnf5 5.4 (beside zypper) and zypper 1.14, on rpm packages of the real names and releases. */
  const recorded = (name: string) =>
    parsePackages(
      parseSections(readFileSync(new URL(`../fixtures/packages-${name}.txt`, import.meta.url), 'utf8')),
    )

  test.each([
    ['dnf', '/etc/yum.repos.d/kubernetes.repo'],
    ['dnf5', '/etc/yum.repos.d/kubernetes.repo'],
    ['zypper', '/etc/zypp/repos.d/kubernetes.repo'],
  ])('%s', (name, file) => {
    const facts = recorded(name)
    expect(facts.packageManager).toBe(name)
    expect(facts.packages.get('kubelet')).toBe('1.37.1-150500.1.1')
    expect(facts.holds.toSorted()).toEqual(names.toSorted())
    expect(facts.repositories).toMatchObject([
      { file, id: 'kubernetes', minor: '1.37', baseUrl: 'http://127.0.0.1:8765' },
    ])
    expect(facts.programFolder).toBe('/usr/bin')
    expect(facts.brokenPackages).toEqual([])
  })
})
