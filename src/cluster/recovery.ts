import { parse } from 'yaml'
import { Failure } from '../failure.ts'
import { parseSections } from '../node/sections.ts'
import type { Remote } from '../ssh/remote.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import { readVersion, type Version } from '../versions/version.ts'
import { adminScript, lastLines } from './admin.ts'
import { healthScript, parseControlPlaneHealth, type ControlPlaneHealth } from './etcd.ts'

export const etcdutlScript = loadScript('etcdutl', new URL('./scripts/etcdutl.sh', import.meta.url))

const recoveryScript = joinScripts(
  'recovery',
  adminScript(etcdutlScript),
  loadScript('recovery', new URL('./scripts/recovery.sh', import.meta.url)),
  healthScript,
)

/** The static pods of a control plane node, in the order in which kubeadm replaces them. */
export const staticPodNames = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const
export type StaticPodName = (typeof staticPodNames)[number]

/** A static pod manifest, in use or a copy. */
export interface Manifest {
  component: StaticPodName
  text: string
  /** Version of its image: of Kubernetes, or of etcd. */
  version: Version | undefined
  /** Why the kubelet cannot make a pod of it; undefined: nothing is wrong with it. */
  broken: string | undefined
}

/** A folder that kubeadm, or an earlier recovery, left on the node. */
export interface BackupFolder {
  name: string
  /** Milliseconds since the epoch, the node's clock. */
  changed: number
  KiB: number
  manifests: Manifest[]
  /** Size of the database in it; undefined: it holds none. */
  dbBytes: number | undefined
  /** The database's revision, where it was asked: only while no etcd runs on the node, and if it can be read. */
  copyRevision: number | undefined
}

/** A snapshot of etcd that the action took. */
export interface SnapshotFile {
  name: string
  changed: number
  bytes: number
  /** As `etcdutl snapshot status` said when it was taken; undefined: it was not verified. */
  revision: number | undefined
}

/** The data directory of an etcd member. */
export interface EtcdData {
  dbBytes: number | undefined
  walFiles: number
  KiB: number
  /** Whether its database can be read; undefined while etcd runs on it, or without an etcdutl to ask. */
  readable: boolean | undefined
  revision: number | undefined
  /** The minor of etcd that the data are for, as `v3.6.0`; undefined where `readable` is, and before etcd 3.6. */
  storageVersion: Version | undefined
}

/** What there is to recover one control plane node from, and what it shows of itself. Text of it is not trusted. */
export interface RecoveryFacts {
  manifests: Map<StaticPodName, Manifest>
  folders: BackupFolder[]
  snapshots: SnapshotFile[]
  /** Processes of the control plane, and kubeadm, that run. */
  running: string[]
  data: EtcdData
  /** Which etcd the installed kubeadm puts beside an API server of a version. */
  etcdVersions: Map<Version, Version>
  /** Whether this node's etcd holds any ConfigMap of kubeadm; undefined: it did not say. */
  knowsCluster: boolean | undefined
  health: ControlPlaneHealth
  /** The etcd cluster that its member belongs to; empty when it does not answer. */
  etcdClusterId: string
  revision: number
  /** Its member is a learner: it does not vote, and the API server beside it is not ready. */
  learner: boolean
}

/** Looks at one control plane node, with or without an API server. @throws {Failure} what `Remote.run` throws */
export async function readRecoveryFacts(remote: Remote): Promise<RecoveryFacts> {
  const output = await remote.run(recoveryScript, { timeout: 300_000 })
  const sections = parseSections(output.stdout)
  if (sections.has('end')) return parseRecoveryFacts(remote.node, sections, lastLines(output.stderr))
  throw new Failure('precondition-failed', `What is left on ${remote.node} came back incomplete.`, {
    node: remote.node,
    seen: output.stderr.slice(-2000),
    next: 'Log in to the node and look for what keeps simple commands from ending.',
  })
}

/** RecoveryFacts from the sections that recovery.sh and control-plane-health.sh printed. */
export function parseRecoveryFacts(
  node: string,
  sections: ReadonlyMap<string, string>,
  errors: string,
): RecoveryFacts {
  const rows = (name: string): string[][] =>
    (sections.get(name) ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'))
  const manifests = named(sections, 'manifest').flatMap(([file, text]) => readManifest(file, text))
  const status = sections.get('etcd-status') ?? ''
  return {
    manifests: new Map(manifests.map((manifest) => [manifest.component, manifest])),
    folders: rows('folders').map((row) => readFolder(row, sections)),
    snapshots: rows('snapshots').map((row) => readSnapshotFile(row, sections)),
    running: rows('running').flat(),
    data: readData(rows('etcd-data')[0], sections),
    etcdVersions: new Map(
      rows('etcd-versions').flatMap(([kubernetes = '', image = '']) => {
        const [of, etcd] = [readVersion(kubernetes), readVersion(image)]
        return of === undefined || etcd === undefined ? [] : [[of, etcd] as [Version, Version]]
      }),
    ),
    knowsCluster: sections.has('failed kubeadm-objects')
      ? undefined
      : /\/(kubeadm-config|kubelet-config|kube-proxy)$/m.test(sections.get('kubeadm-objects') ?? ''),
    health: parseControlPlaneHealth(node, sections, errors),
    etcdClusterId: /"cluster_id":(\d+)/.exec(status)?.[1] ?? '',
    revision: Number(/"revision":(\d+)/.exec(status)?.[1] ?? 0),
    learner: status.includes('"isLearner":true'),
  }
}

/** Sections `<kind> <name>`, by name. */
function named(sections: ReadonlyMap<string, string>, kind: string): [string, string][] {
  return [...sections].flatMap(([name, text]) =>
    name.startsWith(`${kind} `) ? [[name.slice(kind.length + 1), text] as [string, string]] : [],
  )
}

/** The manifest in a file of this name; none of a file that is not kubeadm's. */
function readManifest(file: string, text: string): Manifest[] {
  const component = staticPodNames.find((name) => file === `${name}.yaml`)
  if (component === undefined) return []
  try {
    const pod = parse(text) as { kind?: string; spec?: { containers?: { image?: string }[] } } | null
    const image = pod?.spec?.containers?.[0]?.image
    const broken =
      pod?.kind === 'Pod' && image !== undefined ? undefined : 'it does not describe a pod with an image'
    return [{ component, text, version: readVersion(image ?? ''), broken }]
  } catch {
    return [{ component, text, version: undefined, broken: 'it is not YAML' }]
  }
}

function readFolder(
  [name = '', changed = '', KiB = '', bytes = '-']: string[],
  sections: ReadonlyMap<string, string>,
): BackupFolder {
  return {
    name,
    changed: Number(changed) * 1000,
    KiB: Number(KiB) || 0,
    manifests: named(sections, 'copy').flatMap(([path, text]) =>
      path.startsWith(`${name}/`) ? readManifest(path.slice(name.length + 1), text) : [],
    ),
    dbBytes: bytes === '-' ? undefined : Number(bytes),
    copyRevision: revisionIn(sections.get(`copy-database ${name}`)),
  }
}

/** The revision in what `etcdutl snapshot status` printed. */
function revisionIn(status: string | undefined): number | undefined {
  const revision = /"revision":(\d+)/.exec(status ?? '')?.[1]
  return revision === undefined ? undefined : Number(revision)
}

function readSnapshotFile(
  [name = '', changed = '', bytes = '']: string[],
  sections: ReadonlyMap<string, string>,
): SnapshotFile {
  return {
    name,
    changed: Number(changed) * 1000,
    bytes: Number(bytes),
    revision: revisionIn(sections.get(`snapshot ${name}`)),
  }
}

function readData(
  [bytes = '-', walFiles = '0', KiB = '0']: string[] = [],
  sections: ReadonlyMap<string, string>,
): EtcdData {
  const asked = sections.has('etcd-database')
  return {
    dbBytes: bytes === '-' ? undefined : Number(bytes),
    walFiles: Number(walFiles),
    KiB: Number(KiB) || 0,
    readable: asked ? !sections.has('failed etcd-database') : undefined,
    revision: revisionIn(sections.get('etcd-database')),
    storageVersion: readVersion(/"version":"([\d.]+)"/.exec(sections.get('etcd-database') ?? '')?.[1] ?? ''),
  }
}
