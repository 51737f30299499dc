import type { Node, Redirection, Word } from './syntax.ts'
import { WordReader } from './words.ts'

const reserved = ['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}', ')']
const parsed = new Map<string, Node>()

/** Parses a script; the same text is parsed once. @throws {SyntaxError} with the line, also for what is not supported */
export function parse(text: string): Node {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const parser = new Parser(text)
  const node = parser.list([])
  if (!parser.atEnd) parser.fail(`unexpected ${JSON.stringify(text.slice(parser.at, parser.at + 20))}`)
  parsed.set(text, node)
  return node
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_10 */
export class Parser extends WordReader {
  /** Commands up to one of the closing words, which is not taken. */
  list(closing: readonly string[]): Node {
    const items: Node[] = []
    for (;;) {
      this.skipSeparators()
      if (this.atEnd || this.closes(closing)) break
      items.push(this.andOr())
      this.skipBlanks()
      if (this.peek('&') && !this.peek('&&')) this.fail('commands in the background are not supported')
    }
    const [only] = items
    return items.length === 1 && only !== undefined ? only : { kind: 'list', items }
  }

  private closes(closing: readonly string[]): boolean {
    if (this.peek(';;')) return closing.includes(';;')
    if (this.peek(')')) return closing.includes(')')
    const word = this.peekName() ?? (this.peek('}') ? '}' : '')
    if (closing.includes(word)) return true
    if (reserved.includes(word)) this.fail(`unexpected ${word}`)
    return false
  }

  private andOr(): Node {
    const first = this.pipeline()
    const rest: ['&&' | '||', Node][] = []
    for (;;) {
      this.skipBlanks()
      const operator = this.peek('&&') ? '&&' : this.peek('||') ? '||' : undefined
      if (operator === undefined) break
      this.at += 2
      this.skipNewlines()
      rest.push([operator, this.pipeline()])
    }
    return rest.length === 0 ? first : { kind: 'and-or', first, rest }
  }

  private pipeline(): Node {
    let negated = false
    while (this.peekName('!')) {
      this.at++
      negated = !negated
      this.skipBlanks()
    }
    const commands = [this.command()]
    for (;;) {
      this.skipBlanks()
      if (!this.peek('|') || this.peek('||')) break
      this.at++
      this.skipNewlines()
      commands.push(this.command())
    }
    const [only] = commands
    return commands.length === 1 && !negated && only !== undefined
      ? only
      : { kind: 'pipeline', negated, commands }
  }

  private command(): Node {
    this.skipBlanks()
    if (this.take('(')) return this.closed('subshell', ')')
    if (this.peekName('{')) {
      this.at++
      return this.closed('group', '}')
    }
    const word = this.peekName()
    switch (word) {
      case 'if':
        return this.ifCommand()
      case 'while':
      case 'until':
        return this.whileCommand(word === 'until')
      case 'for':
        return this.forCommand()
      case 'case':
        return this.caseCommand()
      default:
        return this.functionDefinition() ?? this.simple()
    }
  }

  private closed(kind: 'subshell' | 'group', end: string): Node {
    const body = this.list([end])
    this.expect(end)
    return { kind, body, redirections: this.redirections() }
  }

  private ifCommand(): Node {
    const arms: [Node, Node][] = []
    this.expect('if')
    do {
      const condition = this.list(['then'])
      this.expect('then')
      arms.push([condition, this.list(['elif', 'else', 'fi'])])
    } while (this.takeName('elif'))
    const otherwise = this.takeName('else') ? this.list(['fi']) : undefined
    this.expect('fi')
    return { kind: 'if', arms, otherwise, redirections: this.redirections() }
  }

  private whileCommand(until: boolean): Node {
    this.expect(until ? 'until' : 'while')
    const condition = this.list(['do'])
    const body = this.loopBody()
    return { kind: 'while', until, condition, body, redirections: this.redirections() }
  }

  private loopBody(): Node {
    this.expect('do')
    const body = this.list(['done'])
    this.expect('done')
    return body
  }

  private forCommand(): Node {
    this.expect('for')
    this.skipBlanks()
    const name = this.peekName() ?? this.fail('a name is missing after for')
    this.at += name.length
    this.skipBlanks()
    let words: Word[] | undefined
    if (this.takeName('in')) {
      words = []
      for (let word = this.word(); word !== undefined; word = this.word()) words.push(word)
    }
    this.skipSeparators()
    const body = this.loopBody()
    return { kind: 'for', name, words, body, redirections: this.redirections() }
  }

  private caseCommand(): Node {
    this.expect('case')
    const word = this.word() ?? this.fail('a word is missing after case')
    this.skipNewlines()
    this.expect('in')
    const arms: { patterns: Word[]; body: Node }[] = []
    for (;;) {
      this.skipSeparators()
      if (this.takeName('esac')) break
      this.take('(')
      const patterns = [this.word() ?? this.fail('a pattern is missing')]
      this.skipBlanks()
      while (this.take('|')) {
        patterns.push(this.word() ?? this.fail('a pattern is missing'))
        this.skipBlanks()
      }
      this.expect(')')
      const body = this.list([';;', 'esac'])
      this.take(';;')
      arms.push({ patterns, body })
    }
    return { kind: 'case', word, arms, redirections: this.redirections() }
  }

  private functionDefinition(): Node | undefined {
    const found = /^([A-Za-z_]\w*)[ \t]*\([ \t]*\)\s*/.exec(this.text.slice(this.at, this.at + 80))
    if (found === null) return undefined
    this.at += found[0].length
    // A comment may stand behind the brace.
    return { kind: 'function', name: found[1] ?? '', body: this.command() }
  }

  private simple(): Node {
    const assignments: [string, Word][] = []
    const words: Word[] = []
    const redirections: Redirection[] = []
    for (;;) {
      this.skipBlanks()
      const redirection = this.redirection()
      if (redirection !== undefined) {
        redirections.push(redirection)
        continue
      }
      const assignment = words.length === 0 ? this.assignment() : undefined
      if (assignment !== undefined) {
        assignments.push(assignment)
        continue
      }
      const word = this.word()
      if (word === undefined) break
      words.push(word)
    }
    if (assignments.length + words.length + redirections.length === 0)
      this.fail(`a command is missing before ${JSON.stringify(this.text.slice(this.at, this.at + 20))}`)
    return { kind: 'simple', assignments, words, redirections }
  }

  private assignment(): [string, Word] | undefined {
    const found = /^([A-Za-z_]\w*)=/.exec(this.text.slice(this.at, this.at + 80))
    if (found === null) return undefined
    this.at += found[0].length
    return [found[1] ?? '', this.word(false) ?? []]
  }

  private redirections(): Redirection[] {
    const all: Redirection[] = []
    for (;;) {
      this.skipBlanks()
      const one = this.redirection()
      if (one === undefined) return all
      all.push(one)
    }
  }

  private redirection(): Redirection | undefined {
    const found = /^(\d?)(>>|>&|<&|<<|>|<)/.exec(this.text.slice(this.at, this.at + 4))
    if (found === null) return undefined
    const operator = found[2] ?? ''
    if (operator === '<<') this.fail('here-documents are not supported')
    this.at += found[0].length
    this.skipBlanks()
    const target = this.word() ?? this.fail('a redirection has no target')
    const fd = found[1] === '' ? (operator.startsWith('<') ? 0 : 1) : Number(found[1])
    return { fd, operator: operator as Redirection['operator'], target }
  }
}
