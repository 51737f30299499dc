import type { Version } from '../../src/versions/version.ts'
import { minorOf, minorsBetween, type Minor } from '../../src/versions/version.ts'
import type { Cluster } from './model/cluster.ts'
import { manifestOf, readKubeconfig } from './model/kubelet.ts'
import type { Machine } from './model/machine.ts'
import { components, imageOf, imagesOf, packageVersion, rpmVersion } from './model/releases.ts'

/** Of the mirror that the nodes install from. Nothing is signed with it, and it never expires. */
const publicKey = `-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawOzChYJKwYBBAHaRw8BAQdA7SSsOW3+ERi0OcNkrvv6oWzOmUp9kzo8TXEK
NZkRfr60EnNpbXVsYXRlZCBwYWNrYWdlc4iQBBMWCAA4FiEEb+rMc4l3zRg2Rfz/
+Jbms36UPXUFAmsDswoCGwMFCwkIBwIGFQoJCAsCBBYCAwECHgECF4AACgkQ+Jbm
s36UPXWYXAEAhh5+RYSlpU0oU9s1YQWvlllkaTQYTiQTdbLIZoaCf3wA/01JVI1g
yrt7nDlUHLjTaNrv2S95hbJRIFm1t18fN24G
=iF0e
-----END PGP PUBLIC KEY BLOCK-----
`

/** Installs a machine as kubeadm init or join leaves it: packages on hold, files, containers that run for long. */
export function furnish(cluster: Cluster, machine: Machine, version: Version): void {
  for (const name of ['kubeadm', 'kubectl', 'kubelet']) {
    const apt = machine.packageManager === 'apt'
    machine.packages.set(name, {
      version: apt ? packageVersion(version) : rpmVersion(version),
      state: 'ii',
    })
    if (apt) machine.holds.add(name)
  }
  machine.packages.set('kubernetes-cni', { version: '1.9.1-1.1', state: 'ii' })
  machine.packages.set('cri-tools', { version: `${minorOf(version)}.0-1.1`, state: 'ii' })
  const files: Record<string, string> = {
    '/etc/hostname': `${machine.name}\n`,
    '/etc/machine-id': `${machine.machineId}\n`,
    '/etc/os-release':
      'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\nSUPPORT_URL="https://www.debian.org/support"\nBUG_REPORT_URL="https://bugs.debian.org/"\n',
    ...repositoryFiles(machine, version),
    '/etc/kubernetes/kubelet.conf': kubeconfig(serverOf(cluster, machine), 'system:node'),
    '/proc/swaps': 'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
    '/var/cache/apt/archives/lock': '',
    '/var/lib/dpkg/lock': '',
    '/var/lib/kubelet/config.yaml': 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n',
    '/var/lib/kubelet/kubeadm-flags.env': kubeadmFlags(version),
  }
  for (const [path, text] of Object.entries(files)) machine.write(path, text)
  for (const image of imagesOf(version)) machine.images.add(image)
  if (machine.role === 'control-plane') furnishControlPlane(cluster, machine, version)
  readKubeconfig(machine)
}

function repositoryFiles(machine: Machine, version: Version): Record<string, string> {
  const address = `https://packages.example/core:/stable:/v${minorOf(version)}`
  if (machine.packageManager === 'apt') {
    return {
      '/etc/apt/sources.list.d/kubernetes.list': `deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] ${address}/deb/ /\n`,
      '/etc/apt/keyrings/kubernetes-apt-keyring.gpg': publicKey,
    }
  }
  return {
    '/etc/yum.repos.d/kubernetes.repo': `[kubernetes]
name=Kubernetes
baseurl=${address}/rpm/
enabled=1
gpgcheck=1
gpgkey=${address}/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni
`,
  }
}

/** What the kubeadm of a version passes to the kubelet, in a cluster of its defaults. */
function kubeadmFlags(version: Version): string {
  const until = (minor: Minor, flag: string): string[] =>
    minorsBetween(minor, minorOf(version)) < 0 ? [flag] : []
  const flags = [
    ...until('1.36', '--container-runtime-endpoint=unix:///run/containerd/containerd.sock'),
    ...until('1.35', `--pod-infra-container-image=${imageOf('pause', version)}`),
  ]
  return `KUBELET_KUBEADM_ARGS="${flags.join(' ')}"\n`
}

/** Kubelets of control plane nodes talk to the API server beside them (ControlPlaneKubeletLocalMode), others to the endpoint. */
function serverOf(cluster: Cluster, machine: Machine): string {
  return machine.role === 'control-plane' ? `https://${machine.address}:6443` : `https://${cluster.endpoint}`
}

function furnishControlPlane(cluster: Cluster, machine: Machine, version: Version): void {
  machine.write('/etc/kubernetes/admin.conf', kubeconfig(`https://${cluster.endpoint}`, 'kubernetes-admin'))
  machine.write('/etc/kubernetes/pki/etcd/ca.crt', 'a certificate\n')
  machine.write('/var/lib/etcd/member/snap/db', 'etcd 1000\n')
  machine.write('/var/lib/etcd/member/wal/0000000000000000-0000000000000000.wal', '')
  const startedAt = cluster.time.now() - 3_600_000
  for (const component of components) {
    const manifest = manifestOf(component, version, machine.address)
    machine.write(`/etc/kubernetes/manifests/${component}.yaml`, manifest)
    const image = imageOf(component, version)
    machine.containers.set(component, {
      manifest,
      image,
      startedAt,
      readyAt: startedAt,
      restarts: 0,
      exitedAt: 0,
    })
  }
}

function kubeconfig(server: string, user: string): string {
  return `apiVersion: v1
clusters:
- cluster:
    server: ${server}
  name: kubernetes
kind: Config
users:
- name: ${user}
`
}
