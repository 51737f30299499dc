import type { Job } from '../../ssh/jobs.ts'
import { joinScripts, loadScript } from '../../ssh/script.ts'
import type { Minor } from '../../versions/version.ts'
import type { PackageSources } from './package-manager.ts'
import type { Repository } from './repository.ts'

/** Shell function that has a repository's address name another minor. */
export const repositoryMinor = loadScript(
  'repository-minor',
  new URL('../scripts/repository-minor.sh', import.meta.url),
)
const script = joinScripts(
  'switch-repository',
  repositoryMinor,
  loadScript('switch-repository', new URL('../scripts/switch-repository.sh', import.meta.url)),
)

/** Changes of a file or a mark: they take no time, but a busy disk may. */
export const quick = 120_000

/** Points a repository file of apt, dnf or zypper at another minor, and at the policy's mirror and keyring where it has them. */
export function switchRepository(repository: Repository, to: Minor, sources: PackageSources): Job {
  return {
    purpose: `switch-repository-v${to}`,
    script,
    args: [repository.file, repository.minor ?? '', to, baseOf(sources), keyringOf(sources)],
    timeout: quick,
  }
}

/** Base URL as the scripts take it: without a slash at its end, empty for the one that the node uses. */
export function baseOf(sources: PackageSources): string {
  return sources.baseUrl?.replace(/\/+$/, '') ?? ''
}

export function keyringOf(sources: PackageSources): string {
  return sources.keyring ?? ''
}
