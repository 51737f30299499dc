/** The package managers that this release upgrades nodes with; `binary`: none, programs in a folder. */
export const packageManagerNames = ['apt', 'dnf', 'dnf5', 'zypper', 'binary'] as const
export type PackageManagerName = (typeof packageManagerNames)[number]

/** How a package manager is spoken of, and where its files are. Pure: findings and plan are made of it. */
export interface Kind {
  /** Its command, as people call it. */
  title: string
  /** Folder of its repository files; undefined: it has none. */
  repositories: string | undefined
  /** How packages stay where they are. */
  hold: string
  /** How the repository is read by hand. */
  refresh: string
}

export const kinds: Readonly<Record<PackageManagerName, Kind>> = {
  apt: { title: 'apt', repositories: '/etc/apt/', hold: 'apt-mark hold', refresh: 'apt-get update' },
  dnf: {
    title: 'dnf',
    repositories: '/etc/yum.repos.d/',
    hold: 'exclude= in the repository file, or versionlock',
    refresh: 'dnf makecache --refresh',
  },
  dnf5: {
    title: 'dnf5',
    repositories: '/etc/yum.repos.d/',
    hold: 'exclude= in the repository file, or versionlock',
    refresh: 'dnf5 makecache --refresh',
  },
  zypper: {
    title: 'zypper',
    repositories: '/etc/zypp/repos.d/',
    hold: 'zypper addlock',
    refresh: 'zypper refresh',
  },
  binary: {
    title: 'programs without packages',
    repositories: undefined,
    hold: 'nothing moves them',
    refresh: 'curl',
  },
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
