import { joinScripts, loadScript } from '../../ssh/script.ts'
import { minorOf } from '../../versions/version.ts'
import { temporaryFolder } from '../extracted-kubeadm.ts'
import { askOffered, parseSolvables } from './offered.ts'
import type { PackageManager, PackageSources } from './package-manager.ts'
import type { Repository } from './repository.ts'
import { rpmFunctions, rpmVersion } from './rpm.ts'
import { baseOf, keyringOf, quick, repositoryMinor, switchRepository } from './switch-repository.ts'

const functions = joinScripts(
  'zypper-functions',
  repositoryMinor,
  loadScript('zypper-functions', new URL('../scripts/zypper-functions.sh', import.meta.url)),
)

const scripts = {
  hold: loadScript('zypper-hold', new URL('../scripts/zypper-hold.sh', import.meta.url)),
  stage: joinScripts(
    'zypper-stage',
    temporaryFolder,
    rpmFunctions,
    functions,
    loadScript('zypper-stage', new URL('../scripts/zypper-stage.sh', import.meta.url)),
  ),
  install: joinScripts(
    'zypper-install',
    temporaryFolder,
    rpmFunctions,
    functions,
    loadScript('zypper-install', new URL('../scripts/zypper-install.sh', import.meta.url)),
  ),
  fetchKubeadm: joinScripts(
    'zypper-fetch-kubeadm',
    rpmFunctions,
    functions,
    loadScript('zypper-fetch-kubeadm', new URL('../scripts/zypper-fetch-kubeadm.sh', import.meta.url)),
  ),
  offered: joinScripts(
    'zypper-offered',
    temporaryFolder,
    functions,
    loadScript('zypper-offered', new URL('../scripts/zypper-offered.sh', import.meta.url)),
  ),
}

/** zypper of a SUSE node. */
export function zypper(repository: Repository, sources: PackageSources): PackageManager {
  const { id = '', minor: named = '' } = repository
  const base = baseOf(sources)
  return {
    hold: (names) => ({ purpose: 'hold-packages', script: scripts.hold, args: names, timeout: quick }),

    switchRepository: (to) => switchRepository(repository, to, sources),

    stage: (names, version, timeout) => ({
      purpose: `stage-packages-${version}`,
      script: scripts.stage,
      args: [id, keyringOf(sources), sources.fingerprint ?? '', rpmVersion(version), ...names],
      timeout,
    }),

    install: (names, version, timeout) => ({
      purpose: `install-${names.join('-')}-${version}`,
      script: scripts.install,
      args: [rpmVersion(version), ...names],
      timeout,
    }),

    fetchKubeadm: (version) => ({
      script: scripts.fetchKubeadm,
      args: [repository.file, named, minorOf(version), base, rpmVersion(version)],
    }),

    readOffered: (remote, minors) => {
      const args = [repository.file, named, base]
      const question = { script: scripts.offered, args, parse: parseSolvables, refresh: 'zypper refresh' }
      return askOffered(remote, question, minors)
    },
  }
}
