/**
 * `npm run lint:workflows`: actionlint, zizmor (offline), yamllint and GitHub's language service over the workflows, the
 * examples and every workflow that stands in a page; yamllint over every other YAML block of a page too. The linters that are
 * no npm packages come from their registries into a cache outside of the checkout.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { read, root } from './docs.ts'
import { languageServiceProblems } from './language-service.ts'
import { cache } from './tools.ts'

const versions = { actionlint: 'v1.7.12', zizmor: '==1.32.0', yamllint: '==1.38.0' }

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

/**
 * Copies every workflow into a repository of its own, since linters look at whole repositories, and the other YAML blocks of
 * pages, such as inventories and policies, beside them.
 */
function collect(folder: string): { workflows: string[]; others: string[] } {
  const workflows = join(folder, '.github/workflows')
  const others = join(folder, 'pages')
  for (const one of [workflows, others]) mkdirSync(one, { recursive: true })
  for (const file of globSync(['.github/workflows/*.yml', 'examples/*.yml'], { cwd: root }))
    copyFileSync(join(root, file), join(workflows, basename(file)))
  for (const page of globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root }))
    for (const [index, [, text = '']] of [...read(page).matchAll(/^```yaml\n([^]*?)^```$/gm)].entries()) {
      const to = /^jobs:$/m.test(text) ? workflows : others
      writeFileSync(join(to, `${basename(page)}-${index + 1}.yml`), text)
    }
  for (const file of globSync('examples/*/**/*.{yml,yaml}', { cwd: root }))
    copyFileSync(join(root, file), join(others, basename(file)))
  copyFileSync(join(root, 'action.yml'), join(folder, 'action.yml'))
  const all = (pattern: string): string[] => globSync(pattern, { cwd: folder }).toSorted()
  return { workflows: all('.github/workflows/*.yml'), others: all('pages/*') }
}

function tell(linter: string, clean: boolean, what: string): void {
  if (!clean) process.exitCode = 1
  console.log(`${linter}: ${clean ? `${what} clean` : 'not clean'}`)
}

const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-workflows-'))
try {
  const { actionlint, zizmor, yamllint } = tools()
  const { workflows, others } = collect(folder)
  const ignored = actionlintGaps.flatMap((gap) => ['-ignore', gap])
  const count = `${workflows.length} workflows`
  const more = `${count}, ${others.length} other files`
  const yamllintFiles = ['--config-file', join(root, '.yamllint.yml'), ...workflows, ...others]
  const runs: [string, string, ...string[]][] = [
    [count, actionlint, '-shellcheck=shellcheck', ...ignored, ...workflows],
    [count, zizmor, '--offline', '--no-progress', '--config', join(root, 'zizmor.yml'), '.'],
    [more, yamllint, '--strict', ...yamllintFiles],
  ]
  for (const [what, command, ...args] of runs) {
    const { status } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' })
    tell(basename(command), status === 0, what)
  }
  const problems = await languageServiceProblems(folder, ['action.yml', ...workflows])
  for (const problem of problems) console.log(problem)
  tell('language service', problems.length === 0, `action.yml and ${count}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
