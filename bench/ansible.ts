import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from '../lab/cluster/paths.ts'

/** ansible-core in a virtual environment of its own, which is made when there is none yet. */
export function ansibleFolder(): string {
  const folder = join(CACHE, 'ansible')
  if (!existsSync(join(folder, 'bin/ansible-playbook'))) {
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'inherit' })
    execFileSync(join(folder, 'bin/pip'), ['install', '-q', 'ansible-core==2.19.4'], { stdio: 'inherit' })
  }
  return folder
}
