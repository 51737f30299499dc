import type { Policy } from '../../inventory/policy.ts'
import type { Job } from '../../ssh/jobs.ts'
import type { Remote, Script } from '../../ssh/remote.ts'
import type { Minor, Version } from '../../versions/version.ts'
import type { KubernetesPackage } from '../node.ts'

/**
 * What an upgrade needs of the package manager of one node, as jobs that run detached on it. The only place that knows
 * distributions: nothing outside this folder asks which one it is. `packageManagerOf` (managers.ts) makes it.
 */
export interface PackageManager {
  /** Keeps everything else from moving the Kubernetes packages. */
  hold(names: readonly KubernetesPackage[]): Job
  /** Points the node's repository at another minor. */
  switchRepository(to: Minor): Job
  /** Downloads packages of exactly this version, installs nothing. */
  stage(names: readonly KubernetesPackage[], version: Version, timeout: number): Job
  /** Installs packages of exactly this version, never an older one than is there, and leaves them on hold. */
  install(names: readonly KubernetesPackage[], version: Version, timeout: number): Job
  /** The kubeadm of another version without installing it; see src/node/extracted-kubeadm.ts. */
  fetchKubeadm(version: Version): FetchKubeadm
  /**
   * The versions of kubeadm that the node's repository offers for some minors; changes nothing on the node.
   * @returns per minor the versions, or the package manager's own words where the repository could not be read
   * @throws {Failure} `package-error` when nothing could be asked
   */
  readOffered(remote: Remote, minors: readonly Minor[]): Promise<Offers>
}

/** What the policy says of packages: a mirror, and the key that signs what it offers. */
export type PackageSources = Policy['packages']

export type Offers = Map<Minor, Version[] | { error: string }>

/**
 * How a node's package manager gets at a kubeadm that is not installed: the package that was staged, or one from the node's
 * own repository, with lists and a cache of its own below a given folder, so that nothing else on the node changes.
 */
export interface FetchKubeadm {
  /**
   * Shell that defines `fetch_kubeadm FOLDER ARGS...`: extracts the package into that folder and sets `$kubeadm` to the path
   * of the binary. Its exit code is 0, or the package manager's, which says on stderr what is wrong.
   */
  readonly script: Script
  readonly args: readonly string[]
}
