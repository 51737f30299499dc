import { joinScripts, loadScript } from '../../ssh/script.ts'
import { minorOf } from '../../versions/version.ts'
import { temporaryFolder } from '../extracted-kubeadm.ts'
import { askOffered, parseLines } from './offered.ts'
import type { PackageManager, PackageSources } from './package-manager.ts'
import type { Repository } from './repository.ts'
import { rpmFunctions, rpmVersion } from './rpm.ts'
import { baseOf, keyringOf, quick, repositoryMinor, switchRepository } from './switch-repository.ts'

const functions = joinScripts(
  'dnf-functions',
  repositoryMinor,
  loadScript('dnf-functions', new URL('../scripts/dnf-functions.sh', import.meta.url)),
)

const scripts = {
  hold: loadScript('dnf-hold', new URL('../scripts/dnf-hold.sh', import.meta.url)),
  stage: joinScripts(
    'dnf-stage',
    rpmFunctions,
    functions,
    loadScript('dnf-stage', new URL('../scripts/dnf-stage.sh', import.meta.url)),
  ),
  install: joinScripts(
    'dnf-install',
    rpmFunctions,
    functions,
    loadScript('dnf-install', new URL('../scripts/dnf-install.sh', import.meta.url)),
  ),
  fetchKubeadm: joinScripts(
    'dnf-fetch-kubeadm',
    rpmFunctions,
    functions,
    loadScript('dnf-fetch-kubeadm', new URL('../scripts/dnf-fetch-kubeadm.sh', import.meta.url)),
  ),
  offered: joinScripts(
    'dnf-offered',
    temporaryFolder,
    functions,
    loadScript('dnf-offered', new URL('../scripts/dnf-offered.sh', import.meta.url)),
  ),
}

/**
 * dnf 4 (yum is its other name) and dnf5, whose options have other forms.
 * @param command the program's name on the node
 */
export function dnf(
  command: 'dnf' | 'dnf5',
  repository: Repository,
  sources: PackageSources,
): PackageManager {
  const { id = '', minor: named = '' } = repository
  const base = baseOf(sources)
  return {
    hold: (names) => ({
      purpose: 'hold-packages',
      script: scripts.hold,
      args: [repository.file, id, ...names],
      timeout: quick,
    }),

    switchRepository: (to) => switchRepository(repository, to, sources),

    stage: (names, version, timeout) => ({
      purpose: `stage-packages-${version}`,
      script: scripts.stage,
      args: [command, id, keyringOf(sources), sources.fingerprint ?? '', rpmVersion(version), ...names],
      timeout,
    }),

    install: (names, version, timeout) => ({
      purpose: `install-${names.join('-')}-${version}`,
      script: scripts.install,
      args: [command, id, rpmVersion(version), ...names],
      timeout,
    }),

    fetchKubeadm: (version) => ({
      script: scripts.fetchKubeadm,
      args: [command, repository.file, id, named, minorOf(version), base, rpmVersion(version)],
    }),

    readOffered: (remote, minors) => {
      const args = [command, repository.file, id, named, base]
      const refresh = `${command} makecache --refresh`
      return askOffered(remote, { script: scripts.offered, args, parse: parseLines, refresh }, minors)
    },
  }
}
