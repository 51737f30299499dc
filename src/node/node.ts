import type { JobRecord } from '../ssh/jobs.ts'
import type { Version } from '../versions/version.ts'
import type { Repository } from './packages/repository.ts'

/** The packages that a kubeadm upgrade moves, in the order of the documented procedure. */
export const kubernetesPackages = ['kubeadm', 'kubelet', 'kubectl'] as const
export type KubernetesPackage = (typeof kubernetesPackages)[number]

export interface Disk {
  /** Mount point. */
  mount: string
  availableKiB: number
  sizeKiB: number
}

/** What one node looked like at one moment. Text comes from the node and is not trusted. */
export interface NodeFacts {
  hostname: string
  machineId: string
  bootId: string
  /** Seconds since the epoch, the node's own clock. */
  clock: number
  kernel: string
  architecture: string
  os: string
  packageManagers: string[]
  /** Installed package versions, e.g. kubeadm → 1.36.4-1.1. */
  packages: Map<string, string>
  /** Packages that dpkg left half installed or half configured. */
  brokenPackages: string[]
  holds: string[]
  repositories: Repository[]
  /** What the binaries say of themselves. */
  binaries: Partial<Record<KubernetesPackage, Version>>
  kubelet: { active: boolean; state: string; restarts: number; server: string; flags: string }
  /** Static pod manifests: component → image. */
  manifests: Map<string, string>
  /** `address:port` of this node's own API server, as kubeadm wrote it; empty on workers. */
  apiServerEndpoint: string
  etcdDataDir: string
  hasAdminConf: boolean
  /** Folders below /etc/kubernetes/tmp. */
  backups: string[]
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
