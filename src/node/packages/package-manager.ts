import type { Job } from '../../ssh/jobs.ts'
import type { Script } from '../../ssh/remote.ts'
import type { Minor, Version } from '../../versions/version.ts'
import type { KubernetesPackage } from '../node.ts'
import type { Repository } from './repository.ts'

/**
 * What an upgrade needs of a package manager, as jobs that run detached on the node. The only place that knows
 * distributions: nothing outside this folder asks which one it is.
 */
export interface PackageManager {
  /** Keeps everything else from moving the Kubernetes packages. */
  hold(names: readonly KubernetesPackage[]): Job
  /** Points the repository at another minor. */
  switchRepository(repository: Repository, to: Minor): Job
  /** Downloads all three packages, installs nothing. */
  stage(repository: Repository, version: Version, timeout: number): Job
  /** Installs packages of exactly this version and leaves them on hold. */
  install(names: readonly KubernetesPackage[], version: Version, timeout: number): Job
  /** The kubeadm of another version without installing it; see src/node/extracted-kubeadm.ts. */
  fetchKubeadm(repository: Repository, version: Version): FetchKubeadm
}

/**
 * How a node's package manager gets at a kubeadm that is not installed: from the node's own repository, with lists and a
 * cache of its own below a given folder, so that nothing else on the node changes.
 */
export interface FetchKubeadm {
  /**
   * Shell that defines `fetch_kubeadm FOLDER ARGS...`: downloads the package into that folder, extracts it there and sets
   * `$kubeadm` to the path of the binary. Its exit code is 0, or the package manager's, which says on stderr what is wrong.
   */
  readonly script: Script
  readonly args: readonly string[]
}
