import { dirname } from 'node:path'
import { readVersion } from '../../versions/version.ts'
import { kubernetesPackages, type NodeFacts } from '../node.ts'
import { heldByDnf, heldByZypper, type ConfigFile } from './holds.ts'
import { repositoryFolders, packageManagerIn, type PackageManagerName } from './kinds.ts'
import { findRepositories, type Repository } from './repository.ts'

type PackageFacts = Pick<
  NodeFacts,
  | 'packageManagers'
  | 'packageManager'
  | 'packages'
  | 'programFolder'
  | 'programPaths'
  | 'brokenPackages'
  | 'holds'
  | 'repositories'
  | 'keyrings'
  | 'preferences'
  | 'packageLocks'
>

/** What the sections of facts.sh say of packages, as the package manager that has them sees it. */
export function parsePackages(sections: ReadonlyMap<string, string>): PackageFacts {
  const lines = (name: string): string[] => (sections.get(name) ?? '').trim().split('\n').filter(Boolean)
  const all = findRepositories(sections)
  const dpkg = fromDpkg(lines('packages'))
  const rpm = fromRpm(lines('rpm-packages'))
  const programs = fromPrograms(sections)
  const manager = packageManagerIn({
    commands: lines('package-manager'),
    dpkg: ours(dpkg.packages),
    rpm: ours(rpm.packages),
    kubelet: programs.packages.has('kubelet'),
    repositoryFiles: all.map(({ file }) => file),
  })
  const folder = manager && repositoryFolders[manager]
  const repositories = folder === undefined ? [] : all.filter(({ file }) => file.includes(folder))
  const installed = { apt: dpkg, dnf: rpm, dnf5: rpm, zypper: rpm, binary: programs, windows: programs }[
    manager ?? 'apt'
  ]
  return {
    packageManagers: lines('package-manager'),
    packageManager: manager,
    packages: installed.packages,
    programFolder: folderOf(lines('programs')),
    programPaths: new Map(),
    brokenPackages: [...installed.broken, ...(manager === 'apt' ? lines('interrupted-packages') : [])],
    holds: holdsOf(manager, dpkg, sections, repositories),
    repositories,
    keyrings: keyringsOf(sections),
    preferences: named(sections, 'preferences'),
    packageLocks: lines('package-locks')
      .map((line) => line.split('\t'))
      .map(([file = '', pid = '', holder = '']) => ({ file, pid: Number(pid), holder })),
  }
}

/** @param paths of programs, as `command -v` gives them */
function folderOf(paths: readonly string[]): string {
  const kubelet = paths.find((path) => path.endsWith('/kubelet'))
  return kubelet === undefined ? '' : dirname(kubelet)
}

interface Installed {
  packages: Map<string, string>
  broken: string[]
}

interface InstalledByDpkg extends Installed {
  held: string[]
}

function fromDpkg(rows: readonly string[]): InstalledByDpkg {
  const packages = rows.map((line) => line.split('\t'))
  return {
    packages: new Map(
      packages
        .filter((p) => p[2]?.startsWith('hi') || p[2]?.startsWith('ii'))
        .map((p) => [p[0] ?? '', p[1] ?? '']),
    ),
    held: packages.filter((p) => p[2]?.startsWith('h')).map((p) => p[0] ?? ''),
    broken: packages.filter((p) => /^.[UFHWt]/.test(p[2] ?? '')).map((p) => p[0] ?? ''),
  }
}

/** An rpm that was killed leaves a package twice, the old one first: that version counts, so that its step is done again. */
function fromRpm(rows: readonly string[]): Installed {
  const packages = new Map<string, string>()
  const broken: string[] = []
  for (const [name = '', version = ''] of rows.map((line) => line.split('\t'))) {
    if (packages.has(name)) broken.push(name)
    else packages.set(name, version)
  }
  return { packages, broken }
}

function fromPrograms(sections: ReadonlyMap<string, string>): Installed {
  const versions = kubernetesPackages.flatMap((name): [string, string][] => {
    const version = readVersion((sections.get(name) ?? '').trim())
    return version === undefined ? [] : [[name, version.slice(1)]]
  })
  return { packages: new Map(versions), broken: [] }
}

function ours(packages: ReadonlyMap<string, string>): string[] {
  return kubernetesPackages.filter((name) => packages.has(name))
}

function holdsOf(
  manager: PackageManagerName | undefined,
  dpkg: InstalledByDpkg,
  sections: ReadonlyMap<string, string>,
  repositories: readonly Repository[],
): string[] {
  const files = named(sections, 'package-config')
  switch (manager) {
    case 'dnf':
    case 'dnf5':
      return heldByDnf(kubernetesPackages, repositories, files)
    case 'zypper':
      return heldByZypper(kubernetesPackages, files)
    case 'binary':
    case 'windows':
      // Nothing else on the node knows that they are there.
      return [...kubernetesPackages]
    case 'apt':
    case undefined:
      return dpkg.held
  }
}

function keyringsOf(sections: ReadonlyMap<string, string>): Map<string, string> {
  const keyrings = named(sections, 'keyring').map(({ file, content }): [string, string] => [file, content])
  const rpm = sections.get('rpm-keys')
  return new Map(rpm === undefined ? keyrings : [...keyrings, ['rpm', rpm]])
}

/** The sections `<kind> <file>`. */
function named(sections: ReadonlyMap<string, string>, kind: string): ConfigFile[] {
  return [...sections].flatMap(([name, content]) =>
    name.startsWith(`${kind} `) ? [{ file: name.slice(kind.length + 1), content }] : [],
  )
}
