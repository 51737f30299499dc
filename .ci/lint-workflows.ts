/**
 * `npm run lint:workflows`: actionlint, zizmor (offline) and yamllint over the workflows, the examples and every workflow that
 * stands in a page. The linters come from their package registries into a cache outside of the checkout.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { read, root } from './docs.ts'

const versions = { actionlint: 'v1.7.12', zizmor: '==1.32.0', yamllint: '==1.38.0' }
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'kubeadm-upgrade-lint')

/** What a linter does not know yet, as patterns of its messages, with the reason. */
const actionlintGaps = [
  'unexpected key "queue" for "concurrency" section', // in force since May 2026, unknown to 1.7.12
  'property "workflow_(repository|sha)" is not defined', // where a called workflow itself comes from; github.com has it, 1.7.12 not
]

/** Makes `file` of the cache with a command unless it is there. */
function install(file: string, command: string, args: string[], env: Record<string, string> = {}): string {
  const path = join(cache, file)
  if (!existsSync(path)) execFileSync(command, args, { env: { ...process.env, ...env }, stdio: 'inherit' })
  return path
}

function tools(): { actionlint: string; zizmor: string; yamllint: string } {
  mkdirSync(cache, { recursive: true })
  const bin = join(cache, `actionlint-${versions.actionlint}`)
  const venv = join(cache, `python${versions.zizmor}${versions.yamllint}`.replaceAll('=', '-'))
  const pip = install(join(basename(venv), 'bin/pip'), 'python3', ['-m', 'venv', venv])
  const packages = [`zizmor${versions.zizmor}`, `yamllint${versions.yamllint}`]
  const module = `github.com/rhysd/actionlint/cmd/actionlint@${versions.actionlint}`
  return {
    actionlint: install(join(basename(bin), 'actionlint'), 'go', ['install', module], { GOBIN: bin }),
    zizmor: install(join(basename(venv), 'bin/zizmor'), pip, ['install', '--quiet', ...packages]),
    yamllint: join(venv, 'bin/yamllint'),
  }
}

/** Copies every workflow into a repository of its own, since linters look at whole repositories. Returns its files. */
function collect(folder: string): string[] {
  const workflows = join(folder, '.github/workflows')
  mkdirSync(workflows, { recursive: true })
  for (const file of globSync(['.github/workflows/*.yml', 'examples/*.yml'], { cwd: root }))
    copyFileSync(join(root, file), join(workflows, basename(file)))
  for (const page of globSync(['*.md', 'docs/**/*.md'], { cwd: root }))
    for (const [index, [, text = '']] of [...read(page).matchAll(/^```yaml\n([^]*?)^```$/gm)].entries())
      if (/^jobs:$/m.test(text)) writeFileSync(join(workflows, `${basename(page)}-${index + 1}.yml`), text)
  copyFileSync(join(root, 'action.yml'), join(folder, 'action.yml'))
  return globSync('.github/workflows/*.yml', { cwd: folder }).toSorted()
}

const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-workflows-'))
try {
  const { actionlint, zizmor, yamllint } = tools()
  const files = collect(folder)
  const ignored = actionlintGaps.flatMap((gap) => ['-ignore', gap])
  const runs = [
    [actionlint, '-shellcheck=shellcheck', ...ignored, ...files],
    [zizmor, '--offline', '--no-progress', '--config', join(root, 'zizmor.yml'), '.'],
    [yamllint, '--strict', '--config-file', join(root, '.yamllint.yml'), ...files],
  ]
  for (const [command = '', ...args] of runs) {
    const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
    console.log(`${basename(command)}: ${status === 0 ? `${files.length} workflows clean` : 'not clean'}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
