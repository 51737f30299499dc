import { Unusable } from './model.ts'
import type { Value } from './model.ts'

/*
 * The two small languages inside Ansible's INI dialect: a line of a host is split as Python's shlex does it, and a value is a
 * Python literal, or else text. Parsers of plain INI know neither, nor ranges, nor lines without "=".
 */

/**
 * The words of a line, split as `shlex.split` of Python does in POSIX mode.
 * @param comments whether `#` begins a comment, also inside a word
 * @returns the words, or what is wrong
 */
export function splitWords(text: string, comments: boolean): string[] | { problem: string } {
  const words: string[] = []
  let word: string | undefined
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    at++
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === '#' && comments) break
    else if (char === '\\') {
      if (at === text.length) return { problem: 'a backslash stands at the end' }
      word = (word ?? '') + (text[at++] ?? '')
    } else if (char === '"' || char === "'") {
      const quoted = readQuoted(text, at, char)
      if (quoted === undefined) return { problem: `a quotation mark (${char}) is not closed` }
      word = (word ?? '') + quoted.content
      at = quoted.end
    } else word = (word ?? '') + char
  }
  return word === undefined ? words : [...words, word]
}

function readQuoted(text: string, start: number, mark: string): { content: string; end: number } | undefined {
  let content = ''
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === mark) return { content, end: at + 1 }
    const next = text[at + 1] ?? ''
    if (mark === '"' && char === '\\' && (next === '"' || next === '\\')) {
      content += next
      at++
    } else content += char
  }
  return undefined
}

const words: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null }

/** A value of the INI dialect: a Python literal when it is one, else the text. */
export function readValue(text: string): Value {
  if (isTemplate(text)) return text
  const bare = text.replace(/\s+#.*$/, '')
  const word = words[bare]
  if (word !== undefined) return word
  if (/^[+-]?(0|[1-9]\d*)(\.\d+)?$/.test(bare)) return Number(bare)
  const [, content, escaped] = /^"([^"\\]*)"\s*(?:#.*)?$|^'([^'\\]*)'\s*(?:#.*)?$/.exec(text) ?? []
  const literal = content ?? escaped
  if (literal !== undefined) return literal
  if (/^["']/.test(text)) return unescaped(text)
  if (/^[[{(]/.test(text)) return new Unusable('a list or mapping')
  return text
}

/** A quoted text with escapes; only those that mean the character itself. */
function unescaped(text: string): Value {
  const found = /^(["'])((?:[^\\]|\\.)*?)\1\s*(?:#.*)?$/.exec(text)
  const content = found?.[2]
  if (content === undefined) return text
  if (/\\[^\\'"]/.test(content)) return new Unusable('a text with escapes')
  return content.replace(/\\(.)/g, '$1')
}

/** Whether Ansible would fill in something first. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%')
}
