import pLimit from 'p-limit'
import { asFailure } from '../failure.ts'
import { importArchiveJob, missingImages, sendArchive, type ImageArchive } from '../node/images.ts'
import { count } from '../report/format.ts'
import { perform } from './jobs.ts'
import { entryOf, remoteOf, type Run } from './run.ts'

/** Nodes that get the archive at the same time: all of it goes out of the runner. */
const parallel = 8

/**
 * Loads the archive of the policy (`images.archive`) on every Linux node that lacks an image of it: kubeadm moves kube-proxy
 * on all of them at the end of the control plane, when it is too late to begin.
 * @throws {Failure} of the first node that failed, once all have ended
 */
export async function loadImages(run: Run, names: readonly string[]): Promise<void> {
  const archive = await run.openImageArchive()
  if (archive === undefined) return
  const limit = pLimit(parallel)
  const linux = names.filter((name) => entryOf(run, name).os !== 'windows')
  const results = await Promise.allSettled(linux.map((name) => limit(() => loadOn(run, name, archive))))
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw asFailure(failed.reason)
}

async function loadOn(run: Run, name: string, archive: ImageArchive): Promise<void> {
  const remote = remoteOf(run, name)
  const missing = await missingImages(remote, archive.names)
  if (missing.length === 0) return
  const why = `${count(missing.length, 'image')} of ${archive.names.length} missing`
  run.log.info(`${name}: load-images (${why})`)
  await run.recorder.step(name, { id: 'load-images', why }, async () => {
    run.recorder.changed = true
    await sendArchive(remote, archive)
    await perform(run, remote, importArchiveJob(archive, run.policy.timeouts.packages), {
      node: name,
      step: 'load-images',
      reason: 'package-error',
      next: `Correct what the container runtime of ${name} says, then run the phase again.`,
    })
  })
}
