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
import { generateSchemas } from '../schemas/generate.ts'
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

/** A finding as the sources make it. */
export interface FindingKind {
  id: string
  severity: string
  /** `failure-reason` of a run that it stops; undefined when it never stops one. */
  reason: string | undefined
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

/**
 * Every finding that the sources can produce, in the order of their ids.
 * @throws {Error} on a call whose id or severity is no literal: then nobody could document it
 */
export function findFindingKinds(): FindingKind[] {
  const files = globSync('src/plan/*findings.ts', { cwd: root })
  const source = files.map(read).join('\n')
  const calls = [...source.matchAll(/(?<!function )\b(?:blocks|notice)\(/g)].length
  const found = [...source.matchAll(/\b(blocks|notice)\(\s*'([a-z0-9-]+)',\s*'([a-z-]+)'/g)]
  if (found.length !== calls) throw new Error('A call of blocks() or notice() does not begin with literals.')
  const kinds = found.map(([, call, id = '', second = '']): FindingKind => {
    const stops = call === 'blocks' || second === 'blocks'
    return stops
      ? { id, severity: 'blocks', reason: call === 'blocks' ? second : 'precondition-failed' }
      : { id, severity: second, reason: undefined }
  })
  const distinct = new Map(kinds.map((kind) => [JSON.stringify(kind), kind]))
  return [...distinct.values()].toSorted((a, b) => a.id.localeCompare(b.id))
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

function findingsTable(): string {
  const rows = findFindingKinds().map(({ id, severity, reason }) => [
    `[\`${id}\`](#${id})`,
    severity,
    reason === undefined ? '' : `[\`${reason}\`](failure-reasons.md#${reason})`,
  ])
  return markdownTable(['id', 'severity', 'failure-reason when it blocks'], rows)
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
  findings: findingsTable,
  reasons: reasonsList,
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
