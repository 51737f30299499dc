import { joinScripts, loadScript } from '../../ssh/script.ts'
import { askOffered, parseLines } from './offered.ts'
import type { PackageManager, PackageSources } from './package-manager.ts'
import { baseOf, keyringOf } from './switch-repository.ts'

const functions = loadScript('binary-functions', new URL('../scripts/binary-functions.sh', import.meta.url))

const scripts = {
  stage: joinScripts(
    'binary-stage',
    functions,
    loadScript('binary-stage', new URL('../scripts/binary-stage.sh', import.meta.url)),
  ),
  install: joinScripts(
    'binary-install',
    functions,
    loadScript('binary-install', new URL('../scripts/binary-install.sh', import.meta.url)),
  ),
  fetchKubeadm: joinScripts(
    'binary-fetch-kubeadm',
    functions,
    loadScript('binary-fetch-kubeadm', new URL('../scripts/binary-fetch-kubeadm.sh', import.meta.url)),
  ),
  offered: loadScript('binary-offered', new URL('../scripts/binary-offered.sh', import.meta.url)),
}

/** Where the programs are published: https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/ */
const upstream = 'https://dl.k8s.io'

/** Architectures as `uname -m` and as Go call them. */
const architectures: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

/** What a node without packages is upgraded with. */
export interface Programs extends PackageSources {
  /** Folder of kubeadm, kubelet and kubectl. */
  folder: string
  /** As `uname -m` prints it. */
  architecture: string
}

/**
 * Programs in a folder, as the documentation installs them without a package manager, and as Flatcar has them. With a keyring
 * of the policy `<program>.asc` of the mirror is verified; upstream publishes checksums only.
 */
export function binary({ folder, architecture, ...sources }: Programs): PackageManager {
  const baseUrl = baseOf(sources) || upstream
  const keyring = keyringOf(sources)
  const go = architectures[architecture] ?? architecture
  return {
    hold: () => {
      throw new Error('nothing moves programs without packages; they need no hold')
    },

    switchRepository: () => {
      throw new Error('programs without packages have no repository')
    },

    stage: (names, version, timeout) => ({
      purpose: `stage-packages-${version}`,
      script: scripts.stage,
      args: [baseUrl, keyring, version, go, ...names],
      timeout,
    }),

    install: (names, version, timeout) => ({
      purpose: `install-${names.join('-')}-${version}`,
      script: scripts.install,
      args: [baseUrl, keyring, version, go, folder, ...names],
      timeout,
    }),

    fetchKubeadm: (version) => ({ script: scripts.fetchKubeadm, args: [baseUrl, keyring, version, go] }),

    readOffered: (remote, minors) => {
      const refresh = `curl -fsSL ${baseUrl}/release/stable.txt`
      return askOffered(
        remote,
        { script: scripts.offered, args: [baseUrl, go], parse: parseLines, refresh },
        minors,
      )
    },
  }
}
