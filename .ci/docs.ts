/**
 * `npm run docs`: fills what stands between markers, such as `<!-- inputs -->` and `<!-- /inputs -->`, in the README and in
 * docs/, from action.yml, the schema of the policy and the sources. With `--check` it writes nothing and fails when something
 * is not current. Everything outside the markers is written by hand.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { failureReasons } from '../src/failure.ts'
import type { CatalogueEntry } from '../src/plan/finding.ts'
import { catalogue } from '../src/plan/findings/catalogue.ts'
import { generateSchemas } from '../schemas/generate.ts'
import { sshTableRows } from '../lab/ssh/cases.ts'
import { policyReference } from './policy-reference.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))

interface Field {
  description: string
  default?: string
  required?: boolean
}

/** The part of action.yml that people read. */
export interface ActionFile {
  inputs: Record<string, Field>
  outputs: Record<string, Field>
}

/** The text of a file of the repository. */
export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

export function readAction(): ActionFile {
  return parse(read('action.yml')) as ActionFile
}

/** The sources that run in the action, without those that only check what a person wrote. */
export function sourcesOfRuns(): string {
  const files = globSync('src/**/*.ts', { cwd: root }).filter(
    (file) => !file.startsWith('src/inventory/') && file !== 'src/failure.ts',
  )
  return files.map(read).join('\n')
}

/** Every finding of the catalogue, in the order of their ids. */
export function listFindings(): [string, CatalogueEntry][] {
  return Object.entries(catalogue).toSorted(([a], [b]) => a.localeCompare(b))
}

/** Failure reasons that no line of this release reports: they are in the closed list for what is to come. */
export function reservedReasons(): string[] {
  const source = sourcesOfRuns() + read('src/inventory/selection.ts')
  return failureReasons.filter((reason) => !source.includes(`'${reason}'`))
}

/** A Markdown table; cells may not hold line breaks. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function inputsTable(): string {
  const rows = Object.entries(readAction().inputs).map(([name, input]) => [
    `\`${name}\``,
    input.required === true ? 'required' : input.default === undefined ? '' : `\`${input.default}\``,
    input.description,
  ])
  return markdownTable(['input', 'default', 'meaning'], rows)
}

function outputsTable(): string {
  const rows = Object.entries(readAction().outputs).map(([name, output]) => [
    `\`${name}\``,
    output.description,
  ])
  return markdownTable(['output', 'meaning'], rows)
}

function findingsPage(): string {
  const entries = listFindings()
  const rows = entries.map(([id, entry]) => [
    `[\`${id}\`](#${id})`,
    entry.severity,
    entry.severity === 'blocks' ? reasonLink(entry) : '',
    entry.acceptable === false ? 'no' : '',
  ])
  const head = ['id', 'severity', 'failure-reason when it blocks', 'can be accepted']
  const sections = entries.map(([id, { looks, todo }]) => `## ${id}\n\n${looks}\n\n**Do.** ${todo}`)
  return [markdownTable(head, rows), ...sections].join('\n\n')
}

function reasonLink({ reason = 'precondition-failed' }: CatalogueEntry): string {
  return `[\`${reason}\`](failure-reasons.md#${reason})`
}

function reasonsList(): string {
  const reserved = reservedReasons()
  const rows = failureReasons.map((reason) => [
    `[\`${reason}\`](#${reason})`,
    reserved.includes(reason) ? 'reserved' : '',
  ])
  return markdownTable(['reason', ''], rows)
}

const generators: Readonly<Record<string, () => string>> = {
  inputs: inputsTable,
  outputs: outputsTable,
  findings: findingsPage,
  reasons: reasonsList,
  ssh: () => markdownTable(['case', 'answer'], sshTableRows()),
  policy: () => policyReference(generateSchemas()['policy.schema.json'] ?? {}),
}

/** `text` with what stands between the markers made anew. @throws {Error} on a marker that nothing fills */
function fill(text: string): string {
  return text.replace(/<!-- ([a-z]+) -->\n[^]*?<!-- \/\1 -->/g, (_all, name: string) => {
    const generate = generators[name]
    if (generate === undefined) throw new Error(`Nothing fills the marker ${name}.`)
    return `<!-- ${name} -->\n\n${generate()}\n\n<!-- /${name} -->`
  })
}

/** The pages with generated parts, as they should be: path below the root and text. */
export async function generateDocs(): Promise<Map<string, string>> {
  const { format } = await import('prettier')
  const config = JSON.parse(read('.prettierrc.json')) as object
  const pages = new Map<string, string>()
  for (const file of ['README.md', ...globSync('docs/*.md', { cwd: root })]) {
    const text = read(file)
    const filled = fill(text)
    if (/<!-- [a-z]+ -->/.test(text)) pages.set(file, await format(filled, { ...config, parser: 'markdown' }))
  }
  return pages
}

if (import.meta.main) {
  const stale = [...(await generateDocs())].filter(([file, text]) => text !== read(file))
  if (process.argv.includes('--check')) {
    for (const [file] of stale) console.error(`${file} is not current: npm run docs`)
    process.exitCode = stale.length === 0 ? 0 : 1
  } else
    for (const [file, text] of stale) {
      writeFileSync(join(root, file), text)
      console.log(`${file} written`)
    }
}
