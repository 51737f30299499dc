import { posixRegExp } from './pattern.ts'

interface Address {
  readonly from: RegExp | number | undefined
  readonly to: RegExp | number | undefined
}

interface SedCommand {
  readonly address: Address
  readonly verb: 'p' | 'd' | 's' | 'q'
  readonly expression: RegExp | undefined
  readonly replacement: string
  readonly prints: boolean
}

/** sed(1): the commands p, d, q and s with line addresses and ranges. @throws {Error} for others */
export function sed(text: string, scripts: readonly string[], quiet: boolean): string {
  const commands = scripts.flatMap((script) => parseCommands(script))
  const active = new Set<SedCommand>()
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n')
  if (text === '') return ''
  const out: string[] = []
  for (const [index, original] of lines.entries()) {
    let line = original
    let deleted = false
    let quits = false
    for (const command of commands) {
      if (!selects(command, line, index + 1, active)) continue
      if (command.verb === 'd') {
        deleted = true
        break
      }
      if (command.verb === 'q') quits = true
      if (command.verb === 'p') out.push(line)
      if (command.verb !== 's' || command.expression === undefined) continue
      const changed = line.replace(command.expression, (...groups) =>
        fill(command.replacement, groups as string[]),
      )
      if (command.expression.test(line) && command.prints) out.push(changed)
      command.expression.lastIndex = 0
      line = changed
    }
    if (!quiet && !deleted) out.push(line)
    if (quits) break
  }
  return out.map((line) => `${line}\n`).join('')
}

function selects(command: SedCommand, line: string, number: number, active: Set<SedCommand>): boolean {
  const { from, to } = command.address
  const is = (one: RegExp | number): boolean => (typeof one === 'number' ? one === number : one.test(line))
  if (from === undefined) return true
  if (to === undefined) return is(from)
  if (active.has(command)) {
    if (is(to)) active.delete(command)
    return true
  }
  if (!is(from)) return false
  if (!(typeof to === 'number' && to <= number)) active.add(command)
  return true
}

function fill(replacement: string, groups: readonly string[]): string {
  return replacement.replace(
    /\\(\d)|\\([nt])|\\(.)|&/g,
    (_all, digit?: string, white?: string, other?: string) => {
      if (digit !== undefined) return groups[Number(digit)] ?? ''
      if (white !== undefined) return white === 'n' ? '\n' : '\t'
      return other ?? groups[0] ?? ''
    },
  )
}

function parseCommands(script: string): SedCommand[] {
  let rest = script.trim()
  const commands: SedCommand[] = []
  while (rest !== '') {
    const [from, afterFrom] = address(rest)
    const [to, afterTo] = afterFrom.startsWith(',') ? address(afterFrom.slice(1)) : [undefined, afterFrom]
    const text = afterTo.trimStart()
    const verb = text[0] ?? ''
    if (verb === 'p' || verb === 'd' || verb === 'q') {
      commands.push({ address: { from, to }, verb, expression: undefined, replacement: '', prints: false })
      rest = text.slice(1)
    } else if (verb === 's') {
      const [, pattern = '', replacement = '', flags = '', after = ''] = substitution(text)
      const expression = posixRegExp(pattern, false, flags.includes('g') ? 'g' : '')
      commands.push({ address: { from, to }, verb, expression, replacement, prints: flags.includes('p') })
      rest = after
    } else throw new Error(`the simulator's sed does not know ${JSON.stringify(script)}`)
    rest = rest.replace(/^[\s;]+/, '')
  }
  return commands
}

function address(text: string): [RegExp | number | undefined, string] {
  const line = /^(\d+)/.exec(text)
  if (line !== null) return [Number(line[1]), text.slice(line[0].length)]
  const pattern = /^\/((?:\\.|\[[^\]]*\]|[^/\\])*)\//.exec(text)
  if (pattern === null) return [undefined, text]
  return [posixRegExp(pattern[1] ?? '', false), text.slice(pattern[0].length)]
}

/** `s#a#b#flags` and what comes after it. */
function substitution(text: string): string[] {
  const delimiter = text[1] ?? '/'
  const parts: string[] = ['']
  let at = 2
  for (; at < text.length && parts.length < 3; at++) {
    const last = parts.length - 1
    // The delimiter inside brackets does not end the pattern.
    const set = last === 0 ? /^\[\^?\]?[^\]]*\]/.exec(text.slice(at)) : null
    if (set !== null) {
      parts[last] = `${parts[last] ?? ''}${set[0]}`
      at += set[0].length - 1
      continue
    }
    const char = text[at] ?? ''
    if (char === '\\' && text[at + 1] === delimiter) parts[last] = `${parts[last] ?? ''}${text[++at] ?? ''}`
    else if (char === '\\') parts[last] = `${parts[last] ?? ''}${char}${text[++at] ?? ''}`
    else if (char === delimiter) parts.push('')
    else parts[last] = `${parts[last] ?? ''}${char}`
  }
  const flags = /^[gp]*/.exec(text.slice(at))?.[0] ?? ''
  return ['', parts[0] ?? '', parts[1] ?? '', flags, text.slice(at + flags.length)]
}
