import { Failure } from '../failure.ts'
import type { Job } from '../ssh/jobs.ts'
import { jobScripts, parseJobs } from '../ssh/jobs.ts'
import type { Remote } from '../ssh/remote.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import { parseSections } from './sections.ts'

const listScript = joinScripts(
  'leftovers',
  loadScript('leftovers', new URL('./scripts/leftovers.sh', import.meta.url)),
  jobScripts('sh').list,
)
const removeScript = loadScript('remove-leftovers', new URL('./scripts/remove-leftovers.sh', import.meta.url))

/** Where leftovers are on a node. */
const folders = { kubeadm: '/etc/kubernetes/tmp', own: '/var/lib/kubeadm-upgrade' } as const

/** A folder or file that an upgrade left on a node. */
export interface Leftover {
  where: keyof typeof folders
  /** Below that folder: `kubeadm-backup-etcd-…`, `jobs/stage-packages.3`, `snapshots/….db`. */
  name: string
  /** When it was last changed, milliseconds since the epoch, the node's clock. */
  changed: number
  KiB: number
}

/** What one node shows of the upgrades that it went through. */
export interface NodeLeftovers {
  /** When the kubelet that runs was started, milliseconds since the epoch; undefined: it does not run. */
  kubeletStarted: number | undefined
  leftovers: Leftover[]
  /** Ids of jobs that run now. */
  running: string[]
}

/** The path of a leftover on its node. */
export function leftoverPath({ where, name }: Pick<Leftover, 'where' | 'name'>): string {
  return `${folders[where]}/${name}`
}

/** Looks at what upgrades left on a node. @throws {Failure} what `Remote.run` throws; `precondition-failed` */
export async function readLeftovers(remote: Remote): Promise<NodeLeftovers> {
  const output = await remote.run(listScript, { timeout: 120_000 })
  const sections = parseSections(output.stdout)
  if (output.code !== 0 || !sections.has('jobs'))
    throw new Failure('precondition-failed', `What is left on ${remote.node} came back incomplete.`, {
      node: remote.node,
      seen: output.stderr.slice(-2000),
      next: 'Log in to the node and look for what keeps simple commands from ending.',
    })
  return parseLeftovers(sections)
}

/** NodeLeftovers from the sections that leftovers.sh printed. */
export function parseLeftovers(sections: ReadonlyMap<string, string>): NodeLeftovers {
  const started = Number((sections.get('kubelet-started') ?? '').trim())
  const rows = (sections.get('leftovers') ?? '').split('\n').filter(Boolean)
  return {
    kubeletStarted: started > 0 ? started * 1000 : undefined,
    leftovers: rows.map((row) => {
      const [where = '', name = '', changed = '', KiB = ''] = row.split('\t')
      return {
        where: where === 'kubeadm' ? where : 'own',
        name,
        changed: Number(changed) * 1000,
        KiB: Number(KiB) || 0,
      }
    }),
    running: parseJobs(sections.get('jobs') ?? '').flatMap((job) =>
      job.state === 'running' ? [job.id] : [],
    ),
  }
}

/** Removes exactly these. */
export function removeLeftoversJob(leftovers: readonly Leftover[], timeout: number): Job {
  const args = leftovers.map(({ where, name }) => `${where}/${name}`)
  return { purpose: 'cleanup', script: removeScript, args, timeout }
}
