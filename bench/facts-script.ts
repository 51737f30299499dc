import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes the script with which the action reads facts into a file, for whoever sends it to a node without the action. */
export function writeFactsScript(file: string): void {
  const source = join(import.meta.dirname, '../src')
  const parts = ['ssh/scripts/job-state.sh', 'node/scripts/facts.sh', 'ssh/scripts/list-jobs.sh']
  writeFileSync(file, parts.map((part) => readFileSync(join(source, part), 'utf8')).join('\n'))
}
