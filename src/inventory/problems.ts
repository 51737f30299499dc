import type { z } from 'zod'
import type { YamlText } from './yaml.ts'

/** Keys and list indexes from the top of a document to a place in it. */
export type Path = readonly PropertyKey[]

/** One mistake of a person, to be shown together with all others. */
export interface Problem {
  /** The file that it stands in, when that is another one than the document's own. */
  readonly file?: string
  /** Line in the text, from 1; undefined when the mistake has no place in a text. */
  readonly line: number | undefined
  /** The place, as `nodes[2].role`; empty for the whole document. */
  readonly path: string
  /** What was got and what is accepted. */
  readonly message: string
}

/** What reading a text gave: a value and no problems, or problems and perhaps a value that must not be used. */
export interface Parsed<T> {
  readonly value: T | undefined
  readonly problems: readonly Problem[]
  lineOf(path: Path): number
}

/** One line for a person: `line 4, nodes[2].role: got "master"; accepts control-plane or worker`. */
export function formatProblem({ file, line, path, message }: Problem): string {
  const place = [file ?? '', line === undefined ? '' : `line ${line}`, path]
    .filter((part) => part !== '')
    .join(', ')
  return place === '' ? message : `${place}: ${message}`
}

/** A problem at `path` of a document. */
export function problemAt(text: Pick<YamlText, 'lineOf'>, path: Path, message: string): Problem {
  return { line: text.lineOf(path), path: formatPath(path), message }
}

/**
 * The issues of a schema in `schema.ts`'s style (an error text is the phrase of what is accepted) as problems, one per mistake.
 * @param text the document that was checked
 */
export function schemaProblems(text: YamlText, issues: readonly z.core.$ZodIssue[]): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'custom') return [problemAt(text, issue.path, issue.message)]
    if (issue.code !== 'unrecognized_keys')
      return [
        problemAt(
          text,
          issue.path,
          `${describeGot(valueAt(text.value, issue.path))}; accepts ${issue.message}`,
        ),
      ]
    const known = issue.message.split(', ')
    return issue.keys.map((key) => problemAt(text, [...issue.path, key], unknownKey(key, known)))
  })
}

/** `unknown key "timout"; did you mean "timeout"?`, or the list of known keys when none is near. */
export function unknownKey(key: string, known: readonly string[]): string {
  const near = nearest(key, known)
  const hint = near === undefined ? `accepts ${known.join(', ')}` : `did you mean ${show(near)}?`
  return `unknown key ${show(key)}; ${hint}`
}

/** A value as it is quoted in a message: one line, at most about 80 characters, no control characters. */
export function show(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  const text = JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
  return text.length <= 80 ? text : `${text.slice(0, 76)}..."`
}

function describeGot(value: unknown): string {
  if (value === undefined) return 'is missing'
  const kind = typeof value === 'number' || typeof value === 'boolean' ? `the ${typeof value} ` : ''
  return `got ${kind}${show(value)}`
}

function formatPath(path: Path): string {
  const parts = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
  return parts.join('').replace(/^\./, '')
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}

/** Problems in the order of the text. */
export function byLine(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

/** The known key that a typing mistake most likely meant: at most a third of its letters differ. */
function nearest(key: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, distance: editDistance(key.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
  return ranked[0]?.name
}

/** Levenshtein's distance; keys are short, so the plain table will do. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let index = 0; index < Math.min(a.length, 100); index++) {
    const next = [index + 1]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (a[index] === b[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
