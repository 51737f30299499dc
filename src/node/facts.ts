import type { Remote } from '../ssh/remote.ts'
import { listJobsScript, parseJobs } from '../ssh/jobs.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import { Failure } from '../failure.ts'
import { readVersion } from '../versions/version.ts'
import type { Disk, NodeFacts } from './node.ts'
import { findRepositories } from './packages/repository.ts'
import { parseSections } from './sections.ts'

const factsScript = joinScripts(
  'facts',
  loadScript('facts', new URL('./scripts/facts.sh', import.meta.url)),
  listJobsScript,
)

/**
 * Facts of one node in one round trip; changes nothing.
 * @throws {Failure} what `Remote.run` throws; `precondition-failed` when the answer is not complete
 */
export async function readFacts(remote: Remote): Promise<NodeFacts> {
  const output = await remote.run(factsScript, { timeout: 120_000 })
  const sections = parseSections(output.stdout)
  if (output.code !== 0 || !sections.has('jobs')) {
    throw new Failure('precondition-failed', `The facts of node ${remote.node} came back incomplete.`, {
      node: remote.node,
      seen: output.stderr.slice(-2000),
      next: 'Log in to the node and look for what keeps simple commands from ending.',
    })
  }
  return parseFacts(sections)
}

/** NodeFacts from the sections that facts.sh printed. */
export function parseFacts(sections: ReadonlyMap<string, string>): NodeFacts {
  const text = (name: string): string => (sections.get(name) ?? '').trim()
  const lines = (name: string): string[] => text(name).split('\n').filter(Boolean)
  const [kernel = '', architecture = ''] = lines('system')
  const packages = lines('packages').map((line) => line.split('\t'))
  return {
    hostname: text('hostname'),
    machineId: text('machine-id'),
    bootId: text('boot-id'),
    clock: Number(text('clock')),
    kernel,
    architecture,
    os: /^PRETTY_NAME="?([^"\n]*)/m.exec(text('os-release'))?.[1] ?? '',
    packageManagers: lines('package-manager'),
    packages: new Map(
      packages
        .filter((p) => p[2]?.startsWith('hi') || p[2]?.startsWith('ii'))
        .map((p) => [p[0] ?? '', p[1] ?? '']),
    ),
    brokenPackages: [
      ...packages.filter((p) => /^.[UFHWt]/.test(p[2] ?? '')).map((p) => p[0] ?? ''),
      ...lines('interrupted-packages'),
    ],
    holds: lines('holds'),
    repositories: findRepositories(sections),
    binaries: {
      kubeadm: readVersion(text('kubeadm')),
      kubelet: readVersion(text('kubelet')),
      kubectl: readVersion(text('kubectl')),
    },
    kubelet: parseKubelet(lines('kubelet-service'), text('kubelet-server'), text('kubelet-flags')),
    manifests: new Map(
      lines('manifests')
        .map((line) => line.split('\t'))
        .map(([file = '', image = '']) => [file.replace(/\.yaml$/, ''), image]),
    ),
    apiServerEndpoint: text('api-server-endpoint'),
    etcdDataDir: text('etcd-data-dir'),
    hasAdminConf: text('admin-conf') === 'yes',
    backups: lines('backups'),
    swap: lines('swaps').length > 0,
    cgroupV2: text('cgroup') === 'cgroup2fs',
    disks: lines('disk').map(parseDisk),
    etcdKiB: Number(text('etcd-size')) || 0,
    jobs: parseJobs(text('jobs')),
  }
}

function parseKubelet(service: string[], server: string, flags: string): NodeFacts['kubelet'] {
  const properties = new Map(service.map((line) => line.split('=') as [string, string]))
  return {
    active: properties.get('ActiveState') === 'active' && properties.get('SubState') === 'running',
    state: `${properties.get('ActiveState') ?? 'unknown'}/${properties.get('SubState') ?? 'unknown'}`,
    restarts: Number(properties.get('NRestarts') ?? 0),
    server,
    flags,
  }
}

function parseDisk(line: string): Disk {
  // POSIX df -P: filesystem, blocks, used, available, capacity, mount point
  const [, size = '0', , available = '0', , mount = ''] = line.split(/\s+/)
  return { mount, availableKiB: Number(available), sizeKiB: Number(size) }
}
