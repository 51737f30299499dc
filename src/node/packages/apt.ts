import type { Remote, Script } from '../../ssh/remote.ts'
import { joinScripts, loadScript } from '../../ssh/script.ts'
import { Failure } from '../../failure.ts'
import { minorOf, readVersion, type Minor, type Version } from '../../versions/version.ts'
import { temporaryFolder } from '../extracted-kubeadm.ts'
import { parseSections } from '../sections.ts'
import type { PackageManager } from './package-manager.ts'
import type { Repository } from './repository.ts'

const privateApt = loadScript('apt-private', new URL('../scripts/apt-private.sh', import.meta.url))

const scripts = {
  hold: loadScript('apt-hold', new URL('../scripts/apt-hold.sh', import.meta.url)),
  repository: loadScript('apt-repository', new URL('../scripts/apt-repository.sh', import.meta.url)),
  stage: loadScript('apt-stage', new URL('../scripts/apt-stage.sh', import.meta.url)),
  install: loadScript('apt-install', new URL('../scripts/apt-install.sh', import.meta.url)),
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

/** Changes of a file or a mark: they take no time, but a busy disk may. */
const quick = 120_000

export const apt: PackageManager = {
  hold: (names) => ({ purpose: 'hold-packages', script: scripts.hold, args: names, timeout: quick }),

  switchRepository: (repository, to) => ({
    purpose: `switch-repository-v${to}`,
    script: scripts.repository,
    args: [repository.file, repository.minor ?? '', to],
    timeout: quick,
  }),

  stage: (repository, version, timeout) => ({
    purpose: `stage-packages-${version}`,
    script: scripts.stage,
    args: [repository.file, ...['kubeadm', 'kubelet', 'kubectl'].map((name) => packageOf(name, version))],
    timeout,
  }),

  install: (names, version, timeout) => ({
    purpose: `install-${names.join('-')}-${version}`,
    script: scripts.install,
    args: names.map((name) => packageOf(name, version)),
    timeout,
  }),

  fetchKubeadm: (repository, version) => ({
    script: scripts.fetchKubeadm,
    args: [repository.file, repository.minor ?? '', minorOf(version), packageOf('kubeadm', version)],
  }),
}

/** `kubeadm=1.37.1-*`: the package's own revision is not ours to guess; apt takes the newest that matches. */
function packageOf(name: string, version: Version): string {
  return `${name}=${version.slice(1).replace('-', '~')}-*`
}

/**
 * The versions of kubeadm that the node's repository offers for some minors. Reads them with a temporary list: the
 * node's own lists and files stay as they are.
 * @returns per minor the versions, or apt's own words where the repository could not be read
 */
export async function readOffered(
  remote: Remote,
  repository: Repository,
  minors: readonly Minor[],
): Promise<Map<Minor, Version[] | { error: string }>> {
  const args = [repository.file, repository.minor ?? '', ...minors]
  const output = await remote.run(scripts.offered, { args, timeout: 300_000 })
  const sections = parseSections(output.stdout)
  if (!sections.has('end')) {
    throw new Failure('package-error', `The package repository could not be read on ${remote.node}.`, {
      node: remote.node,
      seen: output.stderr.slice(-2000),
      next: `Run apt-get update on ${remote.node} and correct what it says.`,
    })
  }
  return new Map(
    minors.map((minor) => {
      const error = sections.get(`error ${minor}`)
      return [minor, error === undefined ? parseMadison(sections.get(`offered ${minor}`) ?? '') : { error }]
    }),
  )
}

/** Versions in what `apt-cache madison` prints: `   kubeadm | 1.36.1-1.1 | https://...`. */
export function parseMadison(text: string): Version[] {
  const versions = text.split('\n').map((line) => readVersion(line.split('|')[1]?.trim() ?? ''))
  return [...new Set(versions.filter((version) => version !== undefined))]
}
