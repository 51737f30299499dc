import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A cluster of recorded nodes that runs in a process of its own. */
export interface RecordedCluster {
  /** Has inventory.yaml, known_hosts, id_ed25519. */
  readonly folder: string
  read(file: 'inventory.yaml' | 'known_hosts' | 'id_ed25519'): string
  stop(): void
}

/**
 * @param nodes three of them are control plane nodes
 * @param delay milliseconds of a round trip to each
 */
export async function startRecorded(nodes: number, delay = 0): Promise<RecordedCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-recorded-'))
  const server = join(import.meta.dirname, 'server.ts')
  const child = fork(server, [folder, String(Math.max(1, nodes - 3)), String(delay)], { stdio: 'inherit' })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`the recorded nodes ended with ${code ?? 'a signal'}`)))
  })
  return {
    folder,
    read: (file) => readFileSync(join(folder, file), 'utf8'),
    stop() {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
