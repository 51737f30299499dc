import { X509Certificate } from 'node:crypto'
import type { Remote } from '../ssh/remote.ts'
import { jobScripts, parseJobs } from '../ssh/jobs.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import { Failure } from '../failure.ts'
import { readVersion } from '../versions/version.ts'
import { parseKubeletConfig } from './kubelet-config.ts'
import { parseManifest, type ManifestShape } from './manifest.ts'
import type { Certificate, Disk, NodeFacts } from './node.ts'
import { parsePackages } from './packages/facts.ts'
import { parseSections } from './sections.ts'
import { parseWindowsFacts, windowsFactsScript } from './windows-facts.ts'

const factsScript = joinScripts(
  'facts',
  loadScript('facts', new URL('./scripts/facts.sh', import.meta.url)),
  jobScripts('sh').list,
)

/**
 * Facts of one node in one round trip; changes nothing.
 * @throws {Failure} what `Remote.run` throws; `precondition-failed` when the answer is not complete
 */
export async function readFacts(
  remote: Remote,
  now: () => number = () => Date.now() / 1000,
): Promise<NodeFacts> {
  const from = now()
  const windows = remote.shell === 'powershell'
  const script = windows ? windowsFactsScript : factsScript
  const output = await remote.run(script, { timeout: 120_000, reads: true })
  const to = now()
  const sections = parseSections(output.stdout)
  if (output.code !== 0 || !sections.has('jobs')) {
    throw new Failure('precondition-failed', `The facts of node ${remote.node} came back incomplete.`, {
      node: remote.node,
      seen: output.stderr.slice(-2000),
      next: 'Log in to the node and look for what keeps simple commands from ending.',
    })
  }
  return { ...(windows ? parseWindowsFacts : parseFacts)(sections), asked: { from, to } }
}

/** NodeFacts from the sections that facts.sh printed. */
export function parseFacts(sections: ReadonlyMap<string, string>): NodeFacts {
  const { text, lines, named } = reader(sections)
  const [kernel = '', architecture = ''] = lines('system')
  return {
    system: 'linux',
    hostname: text('hostname'),
    machineId: text('machine-id'),
    bootId: text('boot-id'),
    clock: Number(text('clock')),
    asked: { from: Number(text('clock')), to: Number(text('clock')) },
    kernel,
    architecture,
    addresses: lines('addresses'),
    endpointAddresses: lines('endpoint-addresses'),
    os: /^PRETTY_NAME="?([^"\n]*)/m.exec(text('os-release'))?.[1] ?? '',
    ...parsePackages(sections),
    binaries: {
      kubeadm: readVersion(text('kubeadm')),
      kubelet: readVersion(text('kubelet')),
      kubectl: readVersion(text('kubectl')),
    },
    kubelet: {
      ...parseService(lines('kubelet-service')),
      server: text('kubelet-server'),
      flags: text('kubelet-flags'),
      extraFlags: text('kubelet-extra-flags'),
      config: parseKubeletConfig(text('kubelet-config')),
    },
    manifests: new Map(
      lines('manifests')
        .map((line) => line.split('\t'))
        .map(([file = '', image = '']) => [file.replace(/\.yaml$/, ''), image]),
    ),
    apiServerEndpoint: text('api-server-endpoint'),
    manifestShapes: new Map(
      named('manifest').flatMap(([component, manifest]): [string, ManifestShape][] => {
        const shape = parseManifest(manifest)
        return shape === undefined ? [] : [[component, shape]]
      }),
    ),
    componentFlags: parseComponentFlags(lines('component-flags')),
    certificates: named('certificate').flatMap(([file, pem]) => parseCertificate(file, pem)),
    caKeys: lines('ca-keys'),
    etcdDataDir: text('etcd-data-dir'),
    hasAdminConf: text('admin-conf') === 'yes',
    backups: lines('backups'),
    backupsKiB: Number(text('backups-size')) || 0,
    swap: lines('swaps').length > 0,
    cgroupV2: text('cgroup') === 'cgroup2fs',
    disks: lines('disk').map(parseDisk),
    etcdKiB: Number(text('etcd-size')) || 0,
    jobs: parseJobs(text('jobs')),
  }
}

/** The three ways to read sections: as text, as lines, and those of a kind (`<kind> <name>`) by name. */
function reader(sections: ReadonlyMap<string, string>) {
  const text = (name: string): string => (sections.get(name) ?? '').trim()
  const lines = (name: string): string[] => text(name).split('\n').filter(Boolean)
  const named = (kind: string): [string, string][] =>
    [...sections].flatMap(([name, content]) =>
      name.startsWith(`${kind} `) ? [[name.slice(kind.length + 1), content] as [string, string]] : [],
    )
  return { text, lines, named }
}

function parseService(service: string[]): Pick<NodeFacts['kubelet'], 'active' | 'state' | 'restarts'> {
  const properties = new Map(service.map((line) => line.split('=') as [string, string]))
  return {
    active: properties.get('ActiveState') === 'active' && properties.get('SubState') === 'running',
    state: `${properties.get('ActiveState') ?? 'unknown'}/${properties.get('SubState') ?? 'unknown'}`,
    restarts: Number(properties.get('NRestarts') ?? 0),
  }
}

function parseComponentFlags(rows: string[]): Map<string, string[]> {
  const flags = new Map<string, string[]>()
  for (const row of rows) {
    const [file = '', flag = ''] = row.split('\t')
    const component = file.replace(/\.yaml$/, '')
    flags.set(component, [...(flags.get(component) ?? []), flag])
  }
  return flags
}

/** The first certificate of a file, the leaf; none where the file holds none (a kubeconfig may name a file instead). */
function parseCertificate(file: string, pem: string): Certificate[] {
  try {
    return [{ file, expires: Date.parse(new X509Certificate(pem).validTo) / 1000 }]
  } catch {
    return []
  }
}

function parseDisk(line: string): Disk {
  // POSIX df -P: filesystem, blocks, used, available, capacity, mount point
  const [, size = '0', , available = '0', , mount = ''] = line.split(/\s+/)
  return { mount, availableKiB: Number(available), sizeKiB: Number(size) }
}
