import type { JobRecord } from '../ssh/jobs.ts'
import { parseVersion, type Version } from '../versions/version.ts'
import type { ManifestShape } from './manifest.ts'
import type { PackageManagerName } from './packages/kinds.ts'
import type { Repository } from './packages/repository.ts'

/** The packages that a kubeadm upgrade moves, in the order of the documented procedure. */
export const kubernetesPackages = ['kubeadm', 'kubelet', 'kubectl'] as const
export type KubernetesPackage = (typeof kubernetesPackages)[number] | 'kube-proxy'

/**
 * What an upgrade moves on this node. kubectl only where it is: workers need none, and many have none, such as kubespray's. On
 * Windows the programs that it has, since the page knows no kubectl there.
 */
export function packagesToMove({
  system,
  packages,
  brokenPackages,
}: Pick<NodeFacts, 'system' | 'packages' | 'brokenPackages'>): KubernetesPackage[] {
  if (system === 'linux')
    return kubernetesPackages.filter(
      (name) => name !== 'kubectl' || packages.has(name) || brokenPackages.includes(name),
    )
  const names: KubernetesPackage[] = ['kubeadm', 'kubelet']
  return packages.has('kube-proxy') ? [...names, 'kube-proxy' as const] : names
}

/** The state of a kubelet that Windows knows no service of. */
export const noService = 'not a service'

export interface Disk {
  /** Mount point. */
  mount: string
  availableKiB: number
  sizeKiB: number
}

/** The part of the kubelet's config.yaml that findings look at; undefined is what the file does not say. */
export interface KubeletConfig {
  featureGates: Record<string, boolean>
  failCgroupV1: boolean | undefined
  failSwapOn: boolean | undefined
  imageGCHighThresholdPercent: number | undefined
}

export interface Certificate {
  /** Below /etc/kubernetes/pki (`apiserver.crt`, `etcd/ca.crt`), a kubeconfig file, or `kubelet-client-current.pem`. */
  file: string
  /** Seconds since the epoch. */
  expires: number
}

/** What one node looked like at one moment. Text comes from the node and is not trusted. */
export interface NodeFacts {
  system: 'linux' | 'windows'
  hostname: string
  machineId: string
  bootId: string
  /** Seconds since the epoch, the node's own clock. */
  clock: number
  /** The runner's clock, seconds, around the look: the node's own was read in between. */
  asked: { from: number; to: number }
  kernel: string
  architecture: string
  os: string
  /** Addresses of its interfaces, without loopback and link-local ones. */
  addresses: string[]
  /** What the control plane endpoint resolves to here; empty when that is an address, and on workers. */
  endpointAddresses: string[]
  /** Package managers whose commands are there. */
  packageManagers: string[]
  /** The one that has the Kubernetes packages; undefined: none that is known here. */
  packageManager: PackageManagerName | undefined
  /** Installed package versions, e.g. kubeadm → 1.36.4-1.1; of programs without packages what they say of themselves. */
  packages: Map<string, string>
  /** Folder of the kubelet's program; empty: there is none. */
  programFolder: string
  /** Where programs without packages are; only of Windows nodes, where each may have a folder of its own. */
  programPaths: ReadonlyMap<string, string>
  /** Packages that dpkg left half installed or half configured, or that rpm has in two versions. */
  brokenPackages: string[]
  holds: string[]
  repositories: Repository[]
  /** What the binaries say of themselves. */
  binaries: Partial<Record<KubernetesPackage, Version>>
  /** Public keys of the repositories: name of the keyring file (`rpm`: rpm's database) → its content, base64. */
  keyrings: Map<string, string>
  /** apt preferences that name Kubernetes packages. */
  preferences: { file: string; content: string }[]
  /** Locks of apt, dpkg and rpm that a process holds. */
  packageLocks: { file: string; pid: number; holder: string }[]
  kubelet: {
    active: boolean
    state: string
    restarts: number
    server: string
    /** kubeadm-flags.env, which kubeadm writes. */
    flags: string
    /** /etc/default/kubelet or /etc/sysconfig/kubelet, which people write. */
    extraFlags: string
    config: KubeletConfig
  }
  /** Static pod manifests: component → image. */
  manifests: Map<string, string>
  /** `address:port` of this node's own API server, as kubeadm wrote it; empty on workers. */
  apiServerEndpoint: string
  /** Flags in the static pod manifests: component → `--name=value`. */
  componentFlags: Map<string, string[]>
  /** What else these manifests have: component → shape. */
  manifestShapes: Map<string, ManifestShape>
  /** Certificates below /etc/kubernetes/pki, of kubeconfig files, and of the kubelet. */
  certificates: Certificate[]
  /** Keys of CAs that are on this node: without one kubeadm cannot renew what that CA signs. */
  caKeys: string[]
  etcdDataDir: string
  hasAdminConf: boolean
  /** Folders below /etc/kubernetes/tmp. */
  backups: string[]
  backupsKiB: number
  swap: boolean
  cgroupV2: boolean
  disks: Disk[]
  etcdKiB: number
  jobs: JobRecord[]
}

/** Purpose of the remote job of a kubeadm call: names what it does, so that its record says what was completed. */
export function kubeadmPurpose(action: 'apply' | 'node', version: Version): string {
  return `kubeadm-upgrade-${action}-${version}`
}

/** The version of such a job; undefined when the purpose is another one. */
export function kubeadmVersionOf(action: 'apply' | 'node', purpose: string): Version | undefined {
  const prefix = `kubeadm-upgrade-${action}-`
  return purpose.startsWith(prefix) ? parseVersion(purpose.slice(prefix.length)) : undefined
}
