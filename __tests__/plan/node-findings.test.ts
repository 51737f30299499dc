import { describe, expect, test } from '@jest/globals'
import { acceptingLines } from '../../src/plan/finding.ts'
import { catalogue } from '../../src/plan/findings/catalogue.ts'
import { findFindings } from '../../src/plan/findings.ts'
import { findings, said, type Change } from './said.ts'
import { policy, target, TestCluster, v } from './world.ts'

const now = 1_800_000_000
/** A worker whose repository is signed by a key that ends at 1893585600; its own clock says `clock`. */
function signed(clock: number, host = 'packages.example'): Change {
  return (cluster) => {
    const facts = cluster.fact('w1')
    facts.clock = clock
    facts.asked = { from: clock, to: clock }
    facts.repositories = [
      {
        file: '/etc/apt/sources.list.d/kubernetes.list',
        format: 'list',
        minor: '1.36',
        content: `deb [signed-by=/etc/apt/keyrings/k.gpg] https://${host}/core:/stable:/v1.36/deb/ /\n`,
      },
    ]
    facts.keyrings.set('k.gpg', endingKey)
  }
}

const ends = 1_893_585_600

const disk =
  (mount: string, percent: number): Change =>
  (cluster) => {
    const sizeKiB = 100 * 1024 * 1024
    cluster.fact('w1').disks = [{ mount, sizeKiB, availableKiB: sizeKiB * (1 - percent / 100) }]
  }

describe('packages', () => {
  test.each<[string, string, Change]>([
    ['a missing hold', 'tells package-hold-missing w1', (c) => void (c.fact('w1').holds = ['kubeadm'])],
    [
      'a lock that is held',
      'warns package-lock w1',
      (c) => c.fact('w1').packageLocks.push({ file: 'lock-frontend', pid: 12, holder: 'unattended-upgr' }),
    ],
    [
      'a pin',
      'warns package-preferences w1',
      (c) => c.fact('w1').preferences.push({ file: 'k8s', content: 'Package: kubelet' }),
    ],
    [
      'an interrupted dpkg',
      'warns packages-interrupted w1',
      (c) => c.fact('w1').brokenPackages.push('/var/lib/dpkg/updates/0001'),
    ],
    [
      'no package manager that has the packages',
      'blocks package-manager w1',
      (c) => void (c.fact('w1').packageManager = undefined),
    ],
    [
      'a package that is not there',
      'blocks package-missing w1',
      (c) => c.fact('w1').packages.delete('kubelet'),
    ],
    [
      'a control plane node without kubectl',
      'blocks package-missing cp1',
      (c) => c.fact('cp1').packages.delete('kubectl'),
    ],
  ])('%s', (_what, finding, bend) => expect(said(bend)).toEqual([finding]))
})

test('a worker needs no kubectl, and its upgrade brings none', () => {
  expect(said((c) => c.fact('w1').packages.delete('kubectl'))).toEqual([])
})

describe('repositories and their keys', () => {
  const source =
    (content: string): Change =>
    (cluster) => {
      const [repository] = cluster.fact('w1').repositories
      if (repository !== undefined) repository.content = content
    }

  test('a legacy source beside the right one is named, and nothing else is', () => {
    const legacy = 'deb https://apt.kubernetes.io/ kubernetes-xenial main\n'
    expect(
      said((c) =>
        c
          .fact('w1')
          .repositories.push({ file: 'old.list', format: 'list', minor: undefined, content: legacy }),
      ),
    ).toEqual(['blocks package-repository-legacy w1'])
  })

  test('trusted=yes is warned of', () =>
    expect(said(source('deb [trusted=yes] https://mirror/core:/stable:/v1.36/deb/ /\n'))).toEqual([
      'warns package-repository-unverified w1',
    ]))

  test('a keyring that is not there blocks; of a folder that is not read nothing is said', () => {
    const by = (path: string): string[] => said(source(`deb [signed-by=${path}] https://m/ /\n`))
    expect(by('/etc/apt/keyrings/gone.gpg')).toEqual(['blocks signing-key-missing w1'])
    expect(by('/opt/keys/elsewhere.gpg')).toEqual([])
  })

  const about = (clock: number, host?: string) =>
    said(signed(clock, host)).filter((line) => line.includes('signing-key'))
  test('a key is told of within 60 days of its end, and blocks after it', () => {
    expect(about(ends - 61 * 86_400)).toEqual([])
    expect(about(ends - 59 * 86_400)).toEqual(['warns signing-key-expires w1'])
    expect(about(ends + 1)).toEqual(['blocks signing-key-expired w1'])
  })

  test('an expired key does not matter to a node that has its packages', () => {
    const bend: Change = (cluster) => {
      signed(ends + 1)(cluster)
      cluster.finishAll()
    }
    expect(said(bend).filter((line) => line.includes('signing-key'))).toEqual([])
  })

  test('pkgs.k8s.io with a key that is not upstream’s is warned of, a mirror’s own key is not', () => {
    expect(about(now, 'pkgs.k8s.io')).toEqual(['warns signing-key-unknown w1'])
    expect(about(now)).toEqual([])
  })

  test('a pinned fingerprint that no key has blocks, whatever the host', () => {
    const pinned = policy({ packages: { fingerprint: 'AB'.repeat(20) } })
    expect(said(signed(now), { policy: pinned }).filter((line) => line.includes('signing-key'))).toEqual([
      'blocks signing-key-not-pinned w1',
    ])
  })

  test('an rpm repository: gpgcheck=0 is warned of, and a pinned key that rpm does not know blocks', () => {
    const rpm =
      (content: string): Change =>
      (cluster) => {
        const facts = cluster.fact('w1')
        facts.packageManager = 'dnf'
        facts.repositories = [{ file: 'k.repo', format: 'repo', id: 'k', minor: '1.36', content }]
      }
    expect(said(rpm('[k]\ngpgcheck=0\n'))).toEqual(['warns package-repository-unverified w1'])
    expect(said(rpm('[k]\ngpgcheck=1\n'))).toEqual([])
    const pinned = policy({ packages: { fingerprint: 'AB'.repeat(20) } })
    expect(said(rpm('[k]\ngpgcheck=1\n'), { policy: pinned })).toEqual(['blocks signing-key-not-pinned w1'])
  })

  test('a node that alone cannot read the repository blocks, with apt’s last line', () => {
    const cluster = new TestCluster()
    const unreadable = new Map([['w2', 'Err:1\nE: The repository is not signed.\n']])
    const observed = { ...cluster.observed(), unreadable }
    const input = { inventory: cluster.inventory(), observed, policy: policy(), target }
    const [finding] = findFindings({ ...input, hops: [], maxUnavailable: 1 })
    expect(finding).toMatchObject({
      id: 'package-repository-unreadable',
      node: 'w2',
      reason: 'package-error',
    })
    expect(finding?.seen).toContain('E: The repository is not signed.')
  })
})

describe('the machine', () => {
  const cgroup1: Change = (c) => void (c.fact('w1').cgroupV2 = false)

  test('cgroup v1 blocks from 1.35 on, and is a warning where the kubelet is told to live with it', () => {
    expect(said(cgroup1)).toEqual(['blocks cgroup-v1-refused w1'])
    expect(said(cgroup1, { target: v('1.34.4') })).toContain('warns cgroup-v1 w1')
    expect(
      said((c) => {
        cgroup1(c)
        c.fact('w1').kubelet.config.failCgroupV1 = false
      }),
    ).toEqual(['warns cgroup-v1 w1'])
  })

  test('swap is warned of unless the kubelet is configured for it', () => {
    const swap = (failSwapOn: boolean | undefined) =>
      said((c) => {
        c.fact('w1').swap = true
        c.fact('w1').kubelet.config.failSwapOn = failSwapOn
      })
    expect(swap(undefined)).toEqual(['warns swap w1'])
    expect(swap(false)).toEqual([])
  })

  const runtime = (name: string, to = target): string[] =>
    said((c) => void (c.node('w1').containerRuntime = name), { target: to }).filter((line) =>
      line.includes('container-runtime'),
    )
  test('a runtime without RuntimeConfig is warned of, and blocks 1.38', () => {
    expect(runtime('containerd://1.7.24')).toEqual(['warns container-runtime-old w1'])
    expect(runtime('containerd://1.7.24', v('1.38.0'))).toEqual(['blocks container-runtime-refused w1'])
    expect(runtime('cri-o://1.27.3')).toEqual(['warns container-runtime-old w1'])
    for (const fine of ['containerd://2.0.4', 'cri-o://1.28.0', 'cri-dockerd://0.3.1', ''])
      expect(runtime(fine)).toEqual([])
  })

  test.each([
    ['Linux 5.14.0-665.el9.x86_64', ['warns kernel w1']],
    ['Linux 4.19.0', ['warns kernel w1']],
    ['Linux 5.4.0-200-generic', []],
    ['Linux 5.15.1', []],
    ['Linux 6.18.44', []],
    ['Linux 10.0.1', []],
  ])('kernel %s', (kernel, expected) =>
    expect(said((c) => void (c.fact('w1').kernel = kernel))).toEqual(expected),
  )

  test('a clock is told of only when the time of the question cannot explain it', () => {
    const clock = (ahead: number, took: number) =>
      said((c) => {
        c.fact('w1').clock = ahead
        c.fact('w1').asked = { from: 0, to: took }
      })
    expect(clock(30, 1)).toEqual(['warns clock-difference w1'])
    expect(clock(-30, 1)).toEqual(['warns clock-difference w1'])
    expect(clock(30, 40)).toEqual([])
    expect(clock(3, 1)).toEqual([])
  })

  test('images that would lift the disk over the threshold of the kubelet are told of', () => {
    expect(said(disk('/var/lib/containerd', 83))).toEqual([])
    expect(said(disk('/var/lib/containerd', 84.5))).toEqual(['warns image-collection w1'])
    const off: Change = (c) => {
      disk('/var/lib/containerd', 84.5)(c)
      c.fact('w1').kubelet.config.imageGCHighThresholdPercent = 100
    }
    expect(said(off)).toEqual([])
  })

  test('what kubeadm left is told of when it is large', () =>
    expect(said((c) => void (c.fact('cp1').backupsKiB = 600 * 1024))).toEqual([
      'tells kubeadm-leftovers cp1',
    ]))
})

describe('the kubelet’s configuration', () => {
  const pause = 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=registry.k8s.io/pause:3.10"\n'
  const flags =
    (text: string): Change =>
    (c) =>
      void (c.fact('w1').kubelet.flags = text)

  test('--pod-infra-container-image is left to the kubeadm of 1.35, and blocks where that one is past', () => {
    const from =
      (version: string): Change =>
      (c) => {
        flags(pause)(c)
        c.setPackages('w1', v(version))
      }
    expect(said(from('1.34.4'))).not.toContain('blocks kubelet-flag-removed w1')
    for (const version of ['1.35.4', '1.36.4'])
      expect(said(from(version))).toContain('blocks kubelet-flag-removed w1')
    const again: Change = (c) => {
      from('1.34.4')(c)
      c.jobEnded('w1', 'kubeadm-upgrade-node-v1.35.4', 0)
    }
    expect(said(again)).toContain('blocks kubelet-flag-removed w1')
  })

  test('kubeadm does not look into /etc/default/kubelet', () => {
    const bend: Change = (c) =>
      void (c.fact('w1').kubelet.extraFlags = 'KUBELET_EXTRA_ARGS=--pod-infra-container-image=x --v=2\n')
    expect(said(bend, { target: v('1.35.4') })).toContain('blocks kubelet-flag-removed w1')
  })

  test('a family of flags is found by its beginning', () =>
    expect(said(flags('KUBELET_KUBEADM_ARGS="--v=2 --storage-driver-user=x"'))).toEqual([
      'blocks kubelet-flag-removed w1',
    ]))

  test('a feature gate that is gone blocks, from the flags or from config.yaml, and not before it is gone', () => {
    const gates = flags('KUBELET_KUBEADM_ARGS="--feature-gates=SidecarContainers=true,Other=true"')
    const config: Change = (c) =>
      void (c.fact('w1').kubelet.config.featureGates = { SidecarContainers: true })
    for (const bend of [gates, config]) {
      expect(said(bend)).toEqual(['blocks kubelet-feature-gate-removed w1'])
      expect(said(bend, { target: v('1.36.5') })).toEqual([])
    }
  })
})

describe('accepting', () => {
  test('what makes the upgrade impossible blocks whatever the policy accepts', () => {
    const accepting = policy({ findings: { accept: [{ id: 'package-manager', reason: 'it will do' }] } })
    const [finding] = findings((c) => void (c.fact('w1').packageManager = undefined), { policy: accepting })
    expect(finding).toMatchObject({ id: 'package-manager', accepted: undefined })
  })

  test('the lines to paste name what blocks and can be accepted, each once', () => {
    const found = findings((c) => {
      c.fact('w1').packageManager = undefined
      for (const name of ['w1', 'w2']) c.fact(name).disks = [{ mount: '/', availableKiB: 1, sizeKiB: 0 }]
      c.fact('w2').holds = []
    })
    expect(acceptingLines(found)).toBe("findings:\n  accept:\n    - { id: disk-space, reason: '' }")
    expect(acceptingLines(findings(() => undefined))).toBeUndefined()
  })

  test('only findings that block say that they cannot be accepted', () => {
    for (const [id, { severity, acceptable }] of Object.entries(catalogue))
      if (acceptable === false) expect({ id, severity }).toEqual({ id, severity: 'blocks' })
  })
})

/** Made with gpg: an RSA key that ends on 2030-01-02. */
const endingKey =
  'mQENBGsDswoBCADKPOS1TGk6dgUt76V3NyY3sKwqh51SRPBmJQyc4ssZuZy2mmMhLpnvxSsSAEd/ut8tWR7eAozqE4Wf0YLMP41kCTRcVzT/nx3TWUFzB9oczS5wo0CUva0oUEhYP37Vq0aqnarrFddtdiv4QzBRX6f4y586LGX75BUR/vZoPCfEJx8idjIW0pi+PWVLlhMywH4BSG+DcWCEjsA/6VYO/53wgpv8qIYCCwgkCwQjrQQPX+FW24ovbVHFjkIuMu+neiZ+Xx69eW+HwtjjDSH1Eebz9XeHKVfgNDIiZNSI/2f6M0RcT0ddxN/xJzwuaRfMEioIk64EH0xkVGrSoUrxlCFHABEBAAG0CGV4cGlyaW5niQFUBBMBCgA+FiEEaj5IVm6g0rkyYkK+ivVHHqpEnZUFAmsDswoCGwMFCQXaH7YFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQivVHHqpEnZVubggAmkVMds0PojRhk3XSa1byn1p9mDjGIv3pyzr5RrUeuiSYDDsFJee8qX6r2pMA/KvlU6ijUZd4X7haPx6xs9dQIxO6Bij3FgdvVDzcB1CG6RcqBJOwOGUlg0/z97EqOhD9r8rLAhJ0G9VDVSGAju3vQfhrcXgv2OGa7wCIDh61C+a0fuRwKzabt3Ri7YsjPX4PthlpPiLHjqgGPm2vxb2tfsKFLt8gF+/a6NZe4u/jNhCCAhiYeqTzwjzYWwA5GpBhjxCUECCyttigIhVyJcHz15uzFsRt+015V2BeCOk/seRSMMsPs0ekjzxvzQ8k4QGPzu9dFkQnCBvJnsHzyes6Lw=='
