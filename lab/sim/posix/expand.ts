import type { Part, Word } from './syntax.ts'
import { evaluate } from './arithmetic.ts'
import { globToRegExp, hasPattern, literally } from './pattern.ts'

/** What expansion needs of the shell that runs. */
export interface Scope {
  /** undefined: not set. */
  get(name: string): string | undefined
  set(name: string, value: string): void
  readonly positional: readonly string[]
  /** Standard output of commands in a subshell, without line feeds at its end. */
  substitute(body: Extract<Part, { kind: 'command' }>['body']): Promise<string>
  /** Paths that a pattern matches, sorted; empty: none. */
  glob(pattern: string): string[]
  /** Ends the script with a message. */
  fail(message: string): never
  /** `set -u` */
  readonly refusesUnset: boolean
}

/** The word as one string: no splitting, no patterns. */
export async function expandText(word: Word, scope: Scope): Promise<string> {
  let text = ''
  for (const part of word) text += await valueOf(part, scope)
  return text
}

/** The word as a pattern of `case`, `%` and `#`: what is quoted stands for itself. */
export async function expandPattern(word: Word, scope: Scope): Promise<string> {
  let pattern = ''
  for (const part of word) {
    const value = await valueOf(part, scope)
    pattern += part.quoted ? literally(value) : value
  }
  return pattern
}

/** The word as arguments of a command: split at white space, patterns replaced by the paths they match. */
export async function expandFields(word: Word, scope: Scope): Promise<string[]> {
  const plain = literalOf(word)
  if (plain !== undefined) return [plain]
  const fields: { text: string; pattern: string }[] = []
  let current: { text: string; pattern: string } | undefined
  const add = (text: string, pattern: string): void => {
    current ??= { text: '', pattern: '' }
    current.text += text
    current.pattern += pattern
  }
  const end = (): void => {
    if (current !== undefined) fields.push(current)
    current = undefined
  }
  for (const part of word) {
    if (part.kind === 'parameter' && part.name === '@' && part.quoted) {
      for (const [at, value] of scope.positional.entries()) {
        if (at > 0) end()
        add(value, literally(value))
      }
      continue
    }
    const value = await valueOf(part, scope)
    if (part.quoted) add(value, literally(value))
    else if (part.kind === 'text') add(value, value)
    else {
      for (const [at, piece] of value.split(/([ \t\n]+)/).entries()) {
        if (at % 2 === 1) end()
        else if (piece !== '') add(piece, piece)
      }
    }
  }
  end()
  return fields.flatMap(({ text, pattern }) => {
    const found = hasPattern(pattern) ? scope.glob(pattern) : []
    return found.length > 0 ? found : [text]
  })
}

/** The text of a word in which nothing is to be expanded. */
function literalOf(word: Word): string | undefined {
  const [only] = word
  if (word.length !== 1 || only?.kind !== 'text') return undefined
  return only.quoted || !/[*?[]/.test(only.text) ? only.text : undefined
}

async function valueOf(part: Part, scope: Scope): Promise<string> {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'command':
      return scope.substitute(part.body)
    case 'arithmetic':
      return String(evaluate(await expandText(part.expression, scope), (name) => scope.get(name) ?? '0'))
    default:
      return parameter(part, scope)
  }
}

async function parameter(part: Extract<Part, { kind: 'parameter' }>, scope: Scope): Promise<string> {
  const { name, operator = '', argument = [] } = part
  const value = scope.get(name)
  const absent = operator.startsWith(':') ? (value ?? '') === '' : value === undefined
  switch (operator.replace(':', '')) {
    case '-':
      return absent ? expandText(argument, scope) : (value ?? '')
    case '+':
      return absent ? '' : expandText(argument, scope)
    case '=':
      if (absent) scope.set(name, await expandText(argument, scope))
      return scope.get(name) ?? ''
    case '?':
      return absent ? scope.fail(`${name}: ${await expandText(argument, scope)}`) : (value ?? '')
  }
  if (value === undefined) {
    if (scope.refusesUnset && !['@', '*'].includes(name)) scope.fail(`${name}: parameter not set`)
    return ''
  }
  if (operator === '') return value
  if (operator === 'length') return String(value.length)
  return strip(value, operator, await expandPattern(argument, scope))
}

function strip(value: string, operator: string, pattern: string): string {
  const longest = operator.length === 2
  const lengths = Array.from({ length: value.length + 1 }, (_, length) => length)
  const matcher = globToRegExp(pattern)
  for (const length of longest ? lengths.toReversed() : lengths) {
    const piece = operator.startsWith('#') ? value.slice(0, length) : value.slice(value.length - length)
    if (!matcher.test(piece)) continue
    return operator.startsWith('#') ? value.slice(length) : value.slice(0, value.length - length)
  }
  return value
}
