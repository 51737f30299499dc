import type { Node, Part, Word } from './syntax.ts'
import { Parser } from './parse.ts'

const endsWord = /[\s;&|<>()]/

/** Text after text is one piece. */
function addText(parts: Part[], text: string, quoted: boolean): void {
  const last = parts.at(-1)
  if (last?.kind !== 'text' || last.quoted !== quoted) parts.push({ kind: 'text', text, quoted })
  else parts[parts.length - 1] = { kind: 'text', text: last.text + text, quoted }
}

/** Reads words: quotes, parameters, substitutions. */
export class WordReader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  get atEnd(): boolean {
    return this.at >= this.text.length
  }

  fail(message: string): never {
    const line = this.text.slice(0, this.at).split('\n').length
    throw new SyntaxError(`the simulator's shell, line ${line}: ${message}`)
  }

  peek(text: string): boolean {
    return this.text.startsWith(text, this.at)
  }

  take(text: string): boolean {
    if (!this.peek(text)) return false
    this.at += text.length
    return true
  }

  /** The bare word that comes now, as far as it is a name or a reserved word; or whether it is `name`. */
  peekName(): string | undefined
  peekName(name: string): boolean
  peekName(name?: string): string | boolean | undefined {
    const found = /^(?:[A-Za-z_]\w*|[!{])(?=$|[\s;&|<>()])/.exec(this.text.slice(this.at, this.at + 80))?.[0]
    return name === undefined ? found : found === name
  }

  takeName(name: string): boolean {
    this.skipSeparators()
    return this.peekName(name) && this.take(name)
  }

  expect(text: string): void {
    this.skipSeparators()
    if (!this.take(text)) this.fail(`${text} is missing`)
  }

  skipBlanks(): void {
    for (;;) {
      if (this.peek('\\\n')) this.at += 2
      else if (this.peek(' ') || this.peek('\t')) this.at++
      else if (this.peek('#')) {
        const end = this.text.indexOf('\n', this.at)
        this.at = end < 0 ? this.text.length : end
      } else return
    }
  }

  skipNewlines(): void {
    do this.skipBlanks()
    while (this.take('\n'))
  }

  skipSeparators(): void {
    do this.skipBlanks()
    while (this.take('\n') || (!this.peek(';;') && this.take(';')))
  }

  /** The next word; undefined when none comes. @param skip whether blanks before it are passed over */
  word(skip = true): Word | undefined {
    if (skip) this.skipBlanks()
    const parts: Part[] = []
    const start = this.at
    while (!this.atEnd && !endsWord.test(this.text[this.at] ?? '')) this.part(parts, false)
    return this.at === start ? undefined : parts
  }

  /** One piece. @param inQuotes inside double quotes */
  private part(parts: Part[], inQuotes: boolean): void {
    const char = this.text[this.at] ?? ''
    if (char === '$' || char === '`') this.dollar(parts, inQuotes)
    else if (char === '\\') this.backslash(parts, inQuotes)
    else if (char === "'" && !inQuotes) {
      const end = this.text.indexOf("'", this.at + 1)
      if (end < 0) this.fail('a quote is not closed')
      addText(parts, this.text.slice(this.at + 1, end), true)
      this.at = end + 1
    } else if (char === '"' && !inQuotes) {
      this.at++
      addText(parts, '', true)
      while (!this.take('"')) {
        if (this.atEnd) this.fail('a quote is not closed')
        this.part(parts, true)
      }
    } else {
      addText(parts, char, inQuotes)
      this.at++
    }
  }

  private backslash(parts: Part[], inQuotes: boolean): void {
    const next = this.text[this.at + 1] ?? ''
    this.at += 2
    if (next === '\n') return
    const escapes = !inQuotes || '$`"\\'.includes(next)
    addText(parts, escapes ? next : `\\${next}`, true)
  }

  private dollar(parts: Part[], quoted: boolean): void {
    if (this.take('`')) this.fail('backquotes are not supported')
    if (this.peek('$((')) {
      const end = this.text.indexOf('))', this.at)
      const expression = new Parser(this.text.slice(this.at + 3, end)).everything()
      this.at = end + 2
      parts.push({ kind: 'arithmetic', expression, quoted })
      return
    }
    this.at++
    if (this.take('(')) {
      const parser = new Parser(this.text)
      parser.at = this.at
      const body: Node = parser.list([')'])
      this.at = parser.at
      if (!this.take(')')) this.fail('$( is not closed')
      parts.push({ kind: 'command', body, quoted })
    } else if (this.take('{')) parts.push(this.braced(quoted))
    else {
      const name = /^(?:[A-Za-z_]\w*|[0-9#?$@*!-])/.exec(this.text.slice(this.at, this.at + 80))?.[0]
      if (name === undefined) {
        addText(parts, '$', quoted)
        return
      }
      this.at += name.length
      parts.push({ kind: 'parameter', name, operator: undefined, argument: undefined, quoted })
    }
  }

  private braced(quoted: boolean): Part {
    const length = this.peek('#') && !this.peek('#}')
    if (length) this.at++
    const name =
      /^(?:[A-Za-z_]\w*|\d+|[#?$@*!-])/.exec(this.text.slice(this.at, this.at + 80))?.[0] ??
      this.fail('a name is missing in ${')
    this.at += name.length
    if (this.take('}'))
      return { kind: 'parameter', name, operator: length ? 'length' : undefined, argument: undefined, quoted }
    const operator =
      /^(?::[-+=?]|[-+=?]|%%|%|##|#)/.exec(this.text.slice(this.at, this.at + 2))?.[0] ??
      this.fail(`unknown operator in \${${name}`)
    this.at += operator.length
    const argument: Part[] = []
    // Quotes inside the braces count anew, but the value of an unquoted text within quotes is not split.
    while (!this.take('}')) {
      if (this.atEnd) this.fail('${ is not closed')
      const isPattern = operator.startsWith('%') || operator.startsWith('#')
      if (this.peek('"') || (isPattern && this.peek("'"))) this.part(argument, false)
      else this.part(argument, quoted && !isPattern)
    }
    return { kind: 'parameter', name, operator, argument, quoted }
  }

  /** All of the text as one quoted word. */
  everything(): Word {
    const parts: Part[] = []
    while (!this.atEnd) this.part(parts, true)
    return parts
  }
}
