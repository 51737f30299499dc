import { Failure } from '../../failure.ts'
import type { NodeFacts } from '../node.ts'
import { apt } from './apt.ts'
import { binary } from './binary.ts'
import { dnf } from './dnf.ts'
import { repositoryFolders } from './kinds.ts'
import type { PackageManager, PackageSources } from './package-manager.ts'
import type { Repository } from './repository.ts'
import { windows } from './windows.ts'
import { zypper } from './zypper.ts'

/** Whether there is something to ask for packages: a repository of a minor, or no need of one. A finding says if not. */
export function hasSource({ packageManager, repositories }: NodeFacts): boolean {
  if (packageManager === undefined) return false
  return repositoryFolders[packageManager] === undefined || repositories[0]?.minor !== undefined
}

/**
 * The package manager of a node, as its facts tell it.
 * @throws {Failure} `precondition-failed` when it has none, or no repository of Kubernetes packages
 */
export function packageManagerOf(node: string, facts: NodeFacts, sources: PackageSources): PackageManager {
  switch (facts.packageManager) {
    case 'apt':
      return apt(repositoryOf(node, facts), sources)
    case 'dnf':
    case 'dnf5':
      return dnf(facts.packageManager, repositoryOf(node, facts), sources)
    case 'zypper':
      return zypper(repositoryOf(node, facts), sources)
    case 'binary':
      return binary({ folder: facts.programFolder, architecture: facts.architecture, ...sources })
    case 'windows':
      return windows({ paths: facts.programPaths, architecture: facts.architecture, ...sources })
    case undefined:
      throw new Failure('precondition-failed', `No package manager of ${node} can be used.`, { node })
  }
}

function repositoryOf(node: string, facts: NodeFacts): Repository {
  const [repository] = facts.repositories
  if (repository !== undefined) return repository
  throw new Failure('precondition-failed', `No Kubernetes package repository on ${node}.`, { node })
}
