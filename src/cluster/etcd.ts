import { Failure } from '../failure.ts'
import { parseSections } from '../node/sections.ts'
import type { Job } from '../ssh/jobs.ts'
import type { Remote } from '../ssh/remote.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import { adminScript, lastLines } from './admin.ts'
import { json } from './json.ts'

export const healthScript = adminScript(
  loadScript('control-plane-health', new URL('./scripts/control-plane-health.sh', import.meta.url)),
)

/** One member as `etcdctl member list` shows it. A member that was added but never started has no name. */
interface Member {
  ID: number
  name?: string
  isLearner?: boolean
}

interface EndpointStatus {
  Status?: {
    header?: { member_id?: number }
    version?: string
    dbSize?: number
    leader?: number
    raftIndex?: number
    raftTerm?: number
    errors?: string[]
  }
}

/** Health of one control plane node, asked on the node itself. */
export interface ControlPlaneHealth {
  node: string
  /** Its own API server says it is ready. */
  apiServerReady: boolean
  /** undefined without a stacked etcd. */
  etcd: EtcdHealth | undefined
  /** Why something could not be asked. */
  errors: string
}

export interface EtcdProblem {
  kind: 'member' | 'learner' | 'alarm'
  text: string
}

export interface EtcdHealth {
  answered: boolean
  version: string
  /** Bytes of the database file. */
  dbSize: number
  leader: number
  memberId: number
  raftIndex: number
  raftTerm: number
  /** Members that never started, learners, alarms and errors. */
  problems: EtcdProblem[]
  /** Names of all members, learners among them; empty when the list could not be read. */
  members: string[]
  /** How many of them vote. */
  voters: number
}

/** Asks the API server and the etcd member of one control plane node; an unhealthy one is an answer, not an error. */
export async function readControlPlaneHealth(remote: Remote): Promise<ControlPlaneHealth> {
  try {
    const output = await remote.run(healthScript, { timeout: 60_000 })
    return parseControlPlaneHealth(remote.node, parseSections(output.stdout), lastLines(output.stderr))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { node: remote.node, apiServerReady: false, etcd: undefined, errors: error.message }
  }
}

/** ControlPlaneHealth from the sections that control-plane-health.sh printed. */
export function parseControlPlaneHealth(
  node: string,
  sections: ReadonlyMap<string, string>,
  errors: string,
): ControlPlaneHealth {
  const apiServerReady = !sections.has('failed readyz') && sections.get('readyz')?.trim() === 'ok'
  return { node, apiServerReady, etcd: parseEtcd(sections), errors }
}

function parseEtcd(sections: ReadonlyMap<string, string>): EtcdHealth | undefined {
  if (!sections.has('etcd-status')) return undefined
  const [status] = said<EndpointStatus[]>(sections.get('etcd-status'), [])
  const members = said<{ members?: Member[] }>(sections.get('etcd-members'), {}).members ?? []
  const alarms = (sections.get('etcd-alarms') ?? '').trim()
  return {
    answered: status?.Status !== undefined && !sections.has('failed etcd-status'),
    version: status?.Status?.version ?? '',
    dbSize: status?.Status?.dbSize ?? 0,
    leader: status?.Status?.leader ?? 0,
    memberId: status?.Status?.header?.member_id ?? 0,
    raftIndex: status?.Status?.raftIndex ?? 0,
    raftTerm: status?.Status?.raftTerm ?? 0,
    problems: [
      ...members.flatMap((member) => memberProblems(member)),
      ...(alarms === '' ? [] : [{ kind: 'alarm' as const, text: `alarm: ${alarms}` }]),
      ...(status?.Status?.errors ?? []).map((text) => ({ kind: 'member' as const, text })),
    ],
    members: members.map((member) => member.name ?? ''),
    voters: members.filter((member) => member.isLearner !== true).length,
  }
}

function memberProblems(member: Member): EtcdProblem[] {
  if (!member.name) return [{ kind: 'member', text: `member ${member.ID} never started` }]
  return member.isLearner ? [{ kind: 'learner', text: `member ${member.name} is a learner` }] : []
}

/** What a command that fails prints half is nothing. */
function said<T>(text: string | undefined, otherwise: T): T {
  try {
    return json(text, otherwise)
  } catch {
    return otherwise
  }
}

const snapshotJobScript = adminScript(
  joinScripts(
    'etcd-snapshot',
    loadScript('etcdutl', new URL('./scripts/etcdutl.sh', import.meta.url)),
    loadScript('etcd-snapshot', new URL('./scripts/etcd-snapshot.sh', import.meta.url)),
  ),
)

/**
 * A verified snapshot of the whole etcd, kept on this control plane node: /var/lib/kubeadm-upgrade/snapshots, mode 0600.
 * None is removed before the phase cleanup: a run that is repeated must not push out what was before the first one.
 * @param name says when and before which hop; sorts by time
 * @param timeout milliseconds
 */
export function etcdSnapshotJob(name: string, timeout: number): Job {
  const seconds = String(Math.ceil(timeout / 1000))
  return { purpose: 'etcd-snapshot', script: snapshotJobScript, args: [name, seconds], timeout }
}

/** Hash, revision and size of a snapshot, from the job's output; undefined when it does not show that it was verified. */
export function parseEtcdSnapshot(
  output: string,
): { hash: number; revision: number; bytes: number } | undefined {
  const sections = parseSections(output)
  const status = said<{ hash?: number; revision?: number }>(sections.get('status'), {})
  const bytes = Number(sections.get('size'))
  if (status.hash === undefined || status.revision === undefined || !(bytes > 0)) return undefined
  return { hash: status.hash, revision: status.revision, bytes }
}
