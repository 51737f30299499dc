import type { Job } from '../ssh/jobs.ts'
import type { Remote } from '../ssh/remote.ts'
import { loadScript } from '../ssh/script.ts'

const restore = loadScript('restore-manifests', new URL('./scripts/restore-manifests.sh', import.meta.url))
const words = loadScript('last-words', new URL('./scripts/last-words.sh', import.meta.url))

/**
 * Puts static pod manifests in place; what they replace is kept in /var/lib/kubeadm-upgrade/replaced.
 * @param folder name of the folder there
 */
export function restoreManifestsJob(
  folder: string,
  manifests: readonly { component: string; text: string }[],
): Job {
  const args = manifests.flatMap(({ component, text }) => [component, Buffer.from(text).toString('base64')])
  return { purpose: 'restore-manifests', script: restore, args: [folder, ...args], timeout: 60_000 }
}

/** The last words of a component's container, for an error. Never fails. */
export async function lastWords(remote: Remote, component: string): Promise<string> {
  try {
    return (await remote.run(words, { args: [component], timeout: 20_000 })).stdout
  } catch {
    return ''
  }
}
