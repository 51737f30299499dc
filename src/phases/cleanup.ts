import pLimit from 'p-limit'
import { Failure } from '../failure.ts'
import { leftoverPath, readLeftovers, removeLeftoversJob, type Leftover } from '../node/leftovers.ts'
import { removable, totalKiB } from '../plan/cleanup.ts'
import { count, formatSize } from '../report/format.ts'
import type { Result } from '../report/model.ts'
import { perform } from './jobs.ts'
import { takeLock } from './lock.ts'
import { entryOf, remoteOf, type Run } from './run.ts'
import { verifyPhase } from './verify.ts'

/** Nodes that are worked on at the same time. */
const parallel = 40

/**
 * Removes what finished upgrades left on the nodes: kubeadm's copies, job folders, old snapshots, what killed runs left.
 * @throws {Failure} `verify-failed` when the upgrade is not finished: its copies may still be needed
 */
export async function cleanupPhase(run: Run): Promise<Result> {
  await verifyPhase({ ...run, phase: 'verify' })
  const names = run.selection ?? run.inventory.nodes.map((node) => node.name)
  const windows = names.filter((name) => entryOf(run, name).os === 'windows')
  if (windows.length > 0) run.log.info(`Windows nodes are left as they are: ${windows.join(', ')}`)
  const limit = pLimit(parallel)
  const choose = (name: string): Promise<[string, Leftover[]]> =>
    limit(async () => [name, removable(await readLeftovers(remoteOf(run, name)), run.policy.etcd.keep)])
  const found = await Promise.all(names.filter((name) => !windows.includes(name)).map(choose))
  const all = found.flatMap(([node, leftovers]) =>
    leftovers.map((one) => ({ node, path: leftoverPath(one), KiB: one.KiB, changed: one.changed })),
  )
  run.recorder.leftovers.push(...all)
  run.log.info(`${count(all.length, 'leftover')} of finished upgrades, ${formatSize(totalKiB(all))}`)
  for (const { node, path, KiB } of all) run.log.info(`${node}: ${path} (${formatSize(KiB)})`)
  if (all.length === 0) return 'unchanged'
  if (run.dryRun) return 'planned'

  await takeLock(run)
  const todo = found.filter(([, leftovers]) => leftovers.length > 0)
  const results = await Promise.allSettled(
    todo.map(([name, leftovers]) => limit(() => cleanNode(run, name, leftovers))),
  )
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason as Failure
  return 'cleaned'
}

async function cleanNode(run: Run, name: string, leftovers: readonly Leftover[]): Promise<void> {
  const purpose = {
    node: name,
    step: 'cleanup',
    reason: 'precondition-failed',
    next: `See on ${name} why it cannot be removed, then run the phase again.`,
  } as const
  const remote = remoteOf(run, name)
  const why = `${count(leftovers.length, 'leftover')}, ${formatSize(totalKiB(leftovers))}`
  await run.recorder.step(name, { id: 'cleanup', why }, async () => {
    await perform(run, remote, removeLeftoversJob(leftovers, run.policy.timeouts.packages), purpose)
    const { leftovers: now } = await readLeftovers(remote)
    const stayed = leftovers.filter((one) => now.some((other) => leftoverPath(other) === leftoverPath(one)))
    if (stayed.length > 0)
      throw new Failure(
        purpose.reason,
        `${count(stayed.length, 'leftover')} on ${name} could not be removed.`,
        {
          ...purpose,
          seen: stayed.map(leftoverPath).join('\n'),
        },
      )
  })
  run.recorder.finished(name, 'cleaned')
}
