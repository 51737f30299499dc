import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAction, type ActionResult } from '../lab/sim/action.ts'
import type { RecordedCluster } from './recorded/cluster.ts'
import type { Usage } from './usage.ts'

/**
 * Runs a phase of dist/index.js on recorded nodes.
 * @throws {Error} with its last words when its result is another one
 */
export async function runPhase(
  cluster: RecordedCluster,
  phase: string,
  version: string,
  wanted: string,
): Promise<{ seconds: number; usage: Usage; result: ActionResult }> {
  const folder = join(cluster.folder, 'step')
  const usageFile = join(cluster.folder, 'usage.json')
  // The runner's own file: a variable of a process holds 128 KiB at most, which are a thousand hosts.
  mkdirSync(join(folder, '.ssh'), { recursive: true })
  cpSync(join(cluster.folder, 'known_hosts'), join(folder, '.ssh/known_hosts'))
  const began = performance.now()
  const result = await runAction({
    folder,
    workspace: cluster.folder,
    inputs: {
      phase,
      inventory: 'inventory.yaml',
      version,
      'ssh-private-key': cluster.read('id_ed25519'),
      'max-unavailable': '5%',
      'dry-run': 'false',
    },
    env: { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'usage.ts')}`, BENCH_USAGE: usageFile },
  })
  const seconds = (performance.now() - began) / 1000
  const outcome = result.outputs['result'] ?? ''
  if (outcome !== wanted) throw new Error(`${phase} ended with ${outcome}:\n${result.log.slice(-3000)}`)
  return { seconds, usage: JSON.parse(readFileSync(usageFile, 'utf8')) as Usage, result }
}
