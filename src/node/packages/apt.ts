import type { Script } from '../../ssh/remote.ts'
import { joinScripts, loadScript } from '../../ssh/script.ts'
import { minorOf, type Version } from '../../versions/version.ts'
import { temporaryFolder } from '../extracted-kubeadm.ts'
import { askOffered, parseMadison } from './offered.ts'
import type { PackageManager, PackageSources } from './package-manager.ts'
import type { Repository } from './repository.ts'
import { baseOf, repositoryMinor, switchRepository } from './switch-repository.ts'

const privateApt = joinScripts(
  'apt-private',
  repositoryMinor,
  loadScript('apt-private', new URL('../scripts/apt-private.sh', import.meta.url)),
)

const mark = loadScript('apt-mark', new URL('../scripts/apt-mark.sh', import.meta.url))

const scripts = {
  hold: joinScripts(
    'apt-hold',
    mark,
    loadScript('apt-hold', new URL('../scripts/apt-hold.sh', import.meta.url)),
  ),
  stage: loadScript('apt-stage', new URL('../scripts/apt-stage.sh', import.meta.url)),
  install: joinScripts(
    'apt-install',
    mark,
    loadScript('apt-install', new URL('../scripts/apt-install.sh', import.meta.url)),
  ),
  offered: joinScripts(
    'apt-offered',
    temporaryFolder,
    privateApt,
    loadScript('apt-offered', new URL('../scripts/apt-offered.sh', import.meta.url)),
  ),
  fetchKubeadm: joinScripts(
    'apt-fetch-kubeadm',
    privateApt,
    loadScript('apt-fetch-kubeadm', new URL('../scripts/apt-fetch-kubeadm.sh', import.meta.url)),
  ),
} satisfies Record<string, Script>

/** Marks wait ten minutes for whoever holds dpkg's lock. */
const held = 11 * 60_000

/** apt and dpkg of a Debian or Ubuntu node. */
export function apt(repository: Repository, sources: PackageSources): PackageManager {
  const named = repository.minor ?? ''
  const base = baseOf(sources)
  return {
    hold: (names) => ({ purpose: 'hold-packages', script: scripts.hold, args: names, timeout: held }),

    switchRepository: (to) => switchRepository(repository, to, sources),

    stage: (names, version, timeout) => ({
      purpose: `stage-packages-${version}`,
      script: scripts.stage,
      args: [repository.file, ...names.map((name) => packageOf(name, version))],
      timeout,
    }),

    install: (names, version, timeout) => ({
      purpose: `install-${names.join('-')}-${version}`,
      script: scripts.install,
      args: names.map((name) => packageOf(name, version)),
      timeout,
    }),

    fetchKubeadm: (version) => ({
      script: scripts.fetchKubeadm,
      args: [repository.file, named, minorOf(version), base, packageOf('kubeadm', version)],
    }),

    readOffered: (remote, minors) => {
      const args = [repository.file, named, base]
      const question = { script: scripts.offered, args, parse: parseMadison, refresh: 'apt-get update' }
      return askOffered(remote, question, minors)
    },
  }
}

/** `kubeadm=1.37.1-*`: the package's own revision is not ours to guess; apt takes the newest that matches. */
function packageOf(name: string, version: Version): string {
  return `${name}=${version.slice(1).replace('-', '~')}-*`
}
