import type { Job } from '../ssh/jobs.ts'
import type { Remote } from '../ssh/remote.ts'
import { loadScript } from '../ssh/script.ts'

const restart = loadScript('restart-kubelet', new URL('./scripts/restart-kubelet.sh', import.meta.url))
const journal = loadScript('kubelet-journal', new URL('./scripts/kubelet-journal.sh', import.meta.url))

/** daemon-reload and restart: the kubeadm package owns a part of the kubelet's unit. */
export function restartKubeletJob(): Job {
  return { purpose: 'restart-kubelet', script: restart, timeout: 120_000 }
}

/** The kubelet's state and last words, for an error; empty on Windows, where there is no journal. Never fails. */
export async function kubeletWords(remote: Remote): Promise<string> {
  if (remote.shell === 'powershell') return ''
  try {
    return (await remote.run(journal, { timeout: 20_000 })).stdout
  } catch {
    return ''
  }
}
