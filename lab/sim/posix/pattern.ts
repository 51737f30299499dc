/** Text as a pattern that matches only itself. */
export function literally(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}

/** Whether a pattern has anything in it that does not stand for itself. */
export function hasPattern(pattern: string): boolean {
  return /(?<!\\)[*?[]/.test(pattern.replaceAll('\\\\', ''))
}

const known = new Map<string, RegExp>()

/** A pattern of the shell as a regular expression over the whole text. */
export function globToRegExp(pattern: string): RegExp {
  const before = known.get(pattern)
  if (before !== undefined) return before
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? ''
    const set = char === '[' ? /^\[(!?)(\]?[^\]]*)\]/.exec(pattern.slice(at)) : null
    if (char === '\\') source += escape(pattern[++at] ?? '')
    else if (char === '*') source += '.*'
    else if (char === '?') source += '.'
    else if (set !== null) {
      source += `[${set[1] === '!' ? '^' : ''}${(set[2] ?? '').replace(/[\]\\^]/g, '\\$&')}]`
      at += set[0].length - 1
    } else source += escape(char)
  }
  const expression = new RegExp(`^${source}$`, 's')
  known.set(pattern, expression)
  return expression
}

function escape(char: string): string {
  return char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}

/**
 * A basic regular expression (grep, sed), or an extended one, as JavaScript's.
 * https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap09.html
 */
export function posixRegExp(source: string, extended: boolean, flags = ''): RegExp {
  const key = `${extended ? 'E' : 'B'}${flags} ${source}`
  const before = known.get(key)
  if (before !== undefined) return before
  let out = ''
  for (let at = 0; at < source.length; at++) {
    const char = source[at] ?? ''
    const set = char === '[' ? /^\[\^?\]?(?:\[:\w+:\]|[^\]])*\]/.exec(source.slice(at)) : null
    if (set !== null) {
      out += set[0]
        .replace(/\\/g, '\\\\')
        .replaceAll('[:alnum:]', 'A-Za-z0-9')
        .replaceAll('[:digit:]', '0-9')
        .replaceAll('[:space:]', '\\s')
      at += set[0].length - 1
    } else if (char === '\\') {
      const next = source[++at] ?? ''
      out += !extended && '(){}'.includes(next) ? next : `\\${next}`
    } else if (!extended && '+?(){}|'.includes(char)) out += `\\${char}`
    // A star that begins an expression stands for itself.
    else if (!extended && char === '*' && (out === '' || out === '^')) out += '\\*'
    else if (char === '^' && out !== '' && !extended) out += '\\^'
    else if (char === '/') out += '\\/'
    else out += char
  }
  const expression = new RegExp(out, flags)
  known.set(key, expression)
  return expression
}
