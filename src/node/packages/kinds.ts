/** The package managers that this release upgrades nodes with; `binary`: none, programs in a folder; `windows`: the same there. */
export const packageManagerNames = ['apt', 'dnf', 'dnf5', 'zypper', 'binary', 'windows'] as const
export type PackageManagerName = (typeof packageManagerNames)[number]

/** Folder of the repository files of each; undefined: it has none. */
export const repositoryFolders: Readonly<Record<PackageManagerName, string | undefined>> = {
  apt: '/etc/apt/',
  dnf: '/etc/yum.repos.d/',
  dnf5: '/etc/yum.repos.d/',
  zypper: '/etc/zypp/repos.d/',
  binary: undefined,
  windows: undefined,
}

/** What tells which package manager has the Kubernetes packages of a node. */
export interface Evidence {
  /** Package managers whose commands are there. */
  commands: readonly string[]
  /** Kubernetes packages in the database of dpkg and of rpm. */
  dpkg: readonly string[]
  rpm: readonly string[]
  /** Whether there is a kubelet at all. */
  kubelet: boolean
  /** Paths of the files that name a Kubernetes repository. */
  repositoryFiles: readonly string[]
}

/**
 * Which package manager has the Kubernetes packages of a node. Commands alone don't say it: Debian has dnf and zypper,
 * Fedora has apt, openSUSE has dnf. What counts is whose database knows the packages.
 */
export function packageManagerIn(evidence: Evidence): PackageManagerName | undefined {
  const { commands, dpkg, rpm, repositoryFiles } = evidence
  const has = (command: string): boolean => commands.includes(command)
  if (dpkg.length > 0) return has('apt-get') ? 'apt' : undefined
  if (rpm.length > 0) {
    const zypp = repositoryFiles.some((file) => file.includes('/etc/zypp/'))
    const yum = repositoryFiles.some((file) => file.includes('/etc/yum.repos.d/'))
    const dnf = has('dnf5') ? 'dnf5' : has('dnf') ? 'dnf' : undefined
    if (has('zypper') && (zypp || !yum || dnf === undefined)) return 'zypper'
    return dnf
  }
  if (evidence.kubelet) return 'binary'
  return has('apt-get') ? 'apt' : undefined
}
