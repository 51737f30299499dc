import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseDocument } from 'yaml'
import { forAct } from './rewrites.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the reusable workflow is in every repository made here. */
export const reusable = '.github/workflows/upgrade.yml'

/** A repository as a user would have it: the callers, an inventory, and what act takes from here instead of from GitHub. */
export class Repository {
  readonly folder: string

  /** @param maxUnavailable a number: see forAct */
  constructor(folder: string, callers: readonly string[], maxUnavailable: number) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    const shipped = (file: string): string => forAct(readFileSync(join(root, file), 'utf8'), maxUnavailable)
    this.write(reusable, shipped(reusable))
    for (const caller of callers) this.write(`.github/workflows/${caller}`, shipped(join('examples', caller)))
    cpSync(join(root, 'action.yml'), join(folder, '.kubeadm-upgrade/action.yml'))
    cpSync(join(root, 'dist'), join(folder, '.kubeadm-upgrade/dist'), { recursive: true })
    this.git('init', '--quiet', '--initial-branch', 'main')
    this.git('remote', 'add', 'origin', 'https://github.com/ops/clusters.git')
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(join(this.folder, file)), { recursive: true })
    writeFileSync(join(this.folder, file), text)
  }

  commit(message: string): void {
    this.git('add', '--all')
    const author = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.org']
    this.git(...author, 'commit', '--quiet', '--message', message)
  }

  /** Changes what a caller gives to the reusable workflow, as users do with a copied example. */
  edit(caller: string, inputs: Readonly<Record<string, string | number | boolean>>): void {
    const file = `.github/workflows/${caller}`
    const workflow = parseDocument(this.read(file))
    for (const [name, value] of Object.entries(inputs))
      workflow.setIn(['jobs', 'upgrade', 'with', name], value)
    this.write(file, workflow.toString())
  }

  private git(...args: string[]): void {
    execFileSync('git', args, { cwd: this.folder, stdio: 'inherit' })
  }
}
