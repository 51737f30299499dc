import { stringify, parse } from 'yaml'
import { Failure } from '../failure.ts'
import type { Policy } from '../inventory/policy.ts'
import type { Job } from '../ssh/jobs.ts'
import type { Remote } from '../ssh/remote.ts'
import { loadScript } from '../ssh/script.ts'
import type { Version } from '../versions/version.ts'
import { withKubeadm } from './extracted-kubeadm.ts'
import type { FetchKubeadm } from './packages/package-manager.ts'

const pull = loadScript('pull-images', new URL('./scripts/pull-images.sh', import.meta.url))
const check = loadScript('check-images', new URL('./scripts/check-images.sh', import.meta.url))
const missing = loadScript('images-missing', new URL('./scripts/images-missing.sh', import.meta.url))
const receive = loadScript('receive-archive', new URL('./scripts/receive-archive.sh', import.meta.url))
const importArchive = loadScript('import-archive', new URL('./scripts/import-archive.sh', import.meta.url))

/** An archive of images on the runner, as `docker save`, `skopeo copy docker-archive:` or `ctr images export` make it. */
export interface ImageArchive {
  /** Of the whole file. */
  readonly sha256: string
  readonly size: number
  /** The images in it, by the names that they are loaded under. */
  readonly names: readonly string[]
  read(offset: number, length: number): Promise<Buffer>
}

/** Bytes of one piece: a script of so much base64 is read by every shell. */
const piece = 3 * 1024 * 1024

/**
 * Has the control plane's images of a version on the node: pulls them with that version's own kubeadm, or, where they were
 * loaded from an archive, sees that all of them are there.
 * @param clusterConfiguration the cluster's, for its pinned tags, and its image repository unless the policy names another
 */
export function stageImagesJob(
  version: Version,
  clusterConfiguration: string,
  fetch: FetchKubeadm,
  policy: Policy,
): Job {
  const { repository, archive } = policy.images
  const configuration = stringify({
    ...(parse(clusterConfiguration) as object),
    kubernetesVersion: version,
    ...(repository !== undefined && { imageRepository: repository }),
  })
  const loaded = archive !== undefined
  return {
    purpose: `${loaded ? 'check' : 'pull'}-images-${version}`,
    script: withKubeadm(fetch, loaded ? check : pull),
    args: [version, configuration, ...(loaded ? [missing.text] : []), ...fetch.args],
    timeout: policy.timeouts.packages,
  }
}

/** Which images the node's container runtime does not have. @throws {Failure} `precondition-failed` without containerd */
export async function missingImages(remote: Remote, names: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await remote.run(missing, { args: names, reads: true })
  if (code === 0) return stdout.split('\n').filter(Boolean)
  throw new Failure('precondition-failed', `The images of ${remote.node} could not be listed.`, {
    node: remote.node,
    seen: stderr.trim(),
    next: 'images.archive needs containerd with its ctr on the nodes.',
  })
}

/**
 * Sends an archive to a node, from where an earlier attempt left off.
 * @throws {Failure} what `Remote.run` throws; `package-error` when the node does not take it
 */
export async function sendArchive(remote: Remote, archive: ImageArchive): Promise<void> {
  const send = async (offset: number, text: string): Promise<number> => {
    const { code, stdout, stderr } = await remote.run(receive, {
      args: [archive.sha256, String(offset), text],
      timeout: 300_000,
    })
    if (code === 0) return Number(stdout)
    throw new Failure('package-error', `${remote.node} does not take the archive of images.`, {
      node: remote.node,
      seen: stderr.trim().slice(-2000),
      next: 'See that /var/lib has room for it, then run the phase again: it goes on where it stopped.',
    })
  }
  let there = await send(-1, '')
  while (there < archive.size) {
    const bytes = await archive.read(there, Math.min(piece, archive.size - there))
    there = await send(there, bytes.toString('base64'))
  }
}

/** Loads an archive that was sent, and removes it from the node. */
export function importArchiveJob({ sha256 }: ImageArchive, timeout: number): Job {
  return { purpose: `load-images-${sha256.slice(0, 12)}`, script: importArchive, args: [sha256], timeout }
}
