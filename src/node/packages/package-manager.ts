import type { Job } from '../../ssh/jobs.ts'
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
}
