import * as core from '@actions/core'
import type { Report } from '../report/model.ts'

/** The longest first: a whole key before its lines. */
let known: readonly string[] = []

/** Shorter texts stand in everything by chance. */
const shortest = 6

/** Keeps a text out of the log, by the runner, and out of everything that `redact` is asked for. */
export function keepSecret(secret: string): void {
  core.setSecret(secret)
  if (secret.length >= shortest && !known.includes(secret))
    known = [...known, secret].toSorted((a, b) => b.length - a.length)
}

/**
 * `text` without the secrets. The runner masks its log and the summary; files, which become artifacts, and comments on pull
 * requests are masked by nobody else.
 */
export function redact(text: string): string {
  return known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}

/** Characters of the longest secret. */
export function longestSecret(): number {
  return known[0]?.length ?? 0
}

/** What is left of a secret where a text was cut is taken for one from this many characters on. */
const shortestRest = 8

/** Lines of output that was cut, without the secrets and without the rests of secrets that lines begin with. */
export function redactCut(text: string): string {
  return text
    .split('\n')
    .map((line) => redact(withoutRest(line)))
    .join('\n')
}

function withoutRest(line: string): string {
  const begin = line.slice(0, shortestRest)
  if (begin.length < shortestRest) return line
  for (const secret of known)
    for (let at = secret.indexOf(begin, 1); at > 0; at = secret.indexOf(begin, at + 1))
      if (line.startsWith(secret.slice(at))) return `***${line.slice(secret.length - at)}`
  return line
}

/**
 * A report without the secrets, text by text: once a text is cut or escaped for Markdown, the secrets in it cannot be found
 * any more.
 */
export function redactReport(report: Report): Report {
  const { failure, ...rest } = report
  const seen = failure?.seen
  return {
    ...redactTexts(rest),
    // What was seen is the end of what a node has printed.
    failure: failure && {
      ...redactTexts(failure),
      seen: seen === undefined ? undefined : redactCut(redact(seen)),
    },
  }
}

function redactTexts<T>(value: T): T {
  if (typeof value === 'string') return redact(value) as T
  if (Array.isArray(value)) return value.map(redactTexts) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, redactTexts(one as unknown)]),
  ) as T
}
