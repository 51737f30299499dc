import { dirname } from 'node:path/win32'
import { jobScripts, parseJobs } from '../ssh/jobs.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import { readVersion } from '../versions/version.ts'
import { noService, type NodeFacts } from './node.ts'

/** Facts of a Windows worker in one round trip. */
export const windowsFactsScript = joinScripts(
  'windows-facts.ps1',
  loadScript('job-state.ps1', new URL('../ssh/scripts/job-state.ps1', import.meta.url)),
  loadScript('windows-facts.ps1', new URL('./scripts/windows-facts.ps1', import.meta.url)),
  jobScripts('powershell').list,
)

/**
 * NodeFacts from the sections that windows-facts.ps1 printed. What is not asked there is said to be as it should be or to be
 * empty, so that nothing is found where nothing was looked at; findings/windows.ts says what a Windows node is looked at for.
 */
export function parseWindowsFacts(sections: ReadonlyMap<string, string>): NodeFacts {
  const text = (name: string): string => (sections.get(name) ?? '').trim()
  const [kernel = '', architecture = '', os = ''] = text('system').split('\n')
  const programs = text('programs')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
  const packages = new Map(
    programs.flatMap(([name = '', , said = '']): [string, string][] => {
      const version = readVersion(said)
      return version === undefined ? [] : [[name, version.slice(1)]]
    }),
  )
  const programPaths = new Map(programs.map(([name = '', path = '']) => [name, path]))
  const clock = Number(text('clock'))
  return {
    ...nothingAsked,
    hostname: text('hostname'),
    // What the kubelet of Windows reports as machine id.
    machineId: text('hostname'),
    bootId: text('boot-id'),
    clock,
    asked: { from: clock, to: clock },
    kernel,
    architecture,
    os,
    packages,
    programPaths,
    programFolder: dirname(programPaths.get('kubelet') ?? ''),
    // Nothing else on the node moves them.
    holds: [...packages.keys()],
    binaries: { kubeadm: readVersion(versionOf('kubeadm')), kubelet: readVersion(versionOf('kubelet')) },
    kubelet: {
      ...nothingAsked.kubelet,
      active: text('kubelet-service') === 'Running',
      state: text('kubelet-service') || noService,
    },
    disks: [{ mount: 'C:', availableKiB: Number(text('disk')), sizeKiB: 0 }],
    jobs: parseJobs(sections.get('jobs') ?? ''),
  }

  function versionOf(name: string): string {
    const version = packages.get(name)
    return version === undefined ? '' : `v${version}`
  }
}

/** What only Linux nodes are asked. */
const nothingAsked = {
  system: 'windows',
  addresses: [],
  endpointAddresses: [],
  packageManagers: [],
  packageManager: 'windows',
  brokenPackages: [],
  repositories: [],
  keyrings: new Map(),
  preferences: [],
  packageLocks: [],
  kubelet: {
    active: false,
    state: '',
    restarts: 0,
    server: '',
    flags: '',
    extraFlags: '',
    config: {
      featureGates: {},
      failCgroupV1: undefined,
      failSwapOn: undefined,
      imageGCHighThresholdPercent: undefined,
    },
  },
  manifests: new Map(),
  apiServerEndpoint: '',
  componentFlags: new Map(),
  manifestShapes: new Map(),
  certificates: [],
  caKeys: [],
  etcdDataDir: '',
  hasAdminConf: false,
  backups: [],
  backupsKiB: 0,
  swap: false,
  cgroupV2: true,
  etcdKiB: 0,
} satisfies Partial<NodeFacts>
