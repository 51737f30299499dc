import { joinScripts, loadScript } from '../../ssh/script.ts'
import { askOffered, parseLines } from './offered.ts'
import type { PackageManager, PackageSources } from './package-manager.ts'
import { baseOf } from './switch-repository.ts'

/** Downloading and asking programs; goes before the scripts that need it. */
export const windowsFunctions = loadScript(
  'windows-programs.ps1',
  new URL('../scripts/windows-programs.ps1', import.meta.url),
)

const scripts = {
  stage: joinScripts(
    'windows-stage.ps1',
    windowsFunctions,
    loadScript('windows-stage.ps1', new URL('../scripts/windows-stage.ps1', import.meta.url)),
  ),
  install: joinScripts(
    'windows-install.ps1',
    windowsFunctions,
    loadScript('windows-install.ps1', new URL('../scripts/windows-install.ps1', import.meta.url)),
  ),
  offered: loadScript('windows-offered.ps1', new URL('../scripts/windows-offered.ps1', import.meta.url)),
}

/** As the documented procedure has it: https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-windows-nodes/ */
const upstream = 'https://dl.k8s.io'

/** Architectures as Windows and as Go call them. */
const architectures: Readonly<Record<string, string>> = { AMD64: 'amd64', ARM64: 'arm64' }

/** What a Windows node is upgraded with. */
export interface WindowsPrograms extends PackageSources {
  /** Name → path. */
  paths: ReadonlyMap<string, string>
  /** As %PROCESSOR_ARCHITECTURE% says it. */
  architecture: string
}

/** Base URL and architecture as the scripts take them. */
export function windowsSource({ architecture, ...sources }: Omit<WindowsPrograms, 'paths'>): {
  base: string
  go: string
} {
  return { base: baseOf(sources) || upstream, go: architectures[architecture] ?? architecture }
}

/** The programs of a Windows node, each where it was found. */
export function windows({ paths, ...source }: WindowsPrograms): PackageManager {
  const { base, go } = windowsSource(source)
  return {
    hold: () => {
      throw new Error('nothing moves the programs of a Windows node; they need no hold')
    },

    switchRepository: () => {
      throw new Error('the programs of a Windows node have no repository')
    },

    stage: (names, version, timeout) => ({
      purpose: `stage-packages-${version}`,
      script: scripts.stage,
      args: [base, version, go, ...names],
      timeout,
    }),

    install: (names, version, timeout) => ({
      purpose: `install-${names.join('-')}-${version}`,
      script: scripts.install,
      args: [base, version, go, ...names.flatMap((name) => [name, paths.get(name) ?? ''])],
      timeout,
    }),

    fetchKubeadm: () => {
      throw new Error('the scripts that ask a kubeadm which is not installed are for Linux')
    },

    readOffered: (remote, minors) => {
      const refresh = `curl.exe -fsSL ${base}/release/stable.txt`
      return askOffered(
        remote,
        { script: scripts.offered, args: [base, go], parse: parseLines, refresh },
        minors,
      )
    },
  }
}
