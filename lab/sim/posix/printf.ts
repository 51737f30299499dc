const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  '"': '"',
  a: '\x07',
}

/** printf(1): the format is used again while arguments are left. */
export function printf(format: string, args: readonly string[]): string {
  const left = [...args]
  let out = ''
  do {
    const before = left.length
    out += once(format, left)
    if (left.length === before) break
  } while (left.length > 0)
  return out
}

function once(format: string, left: string[]): string {
  return format.replace(
    /\\([0-7]{1,3}|.)|%(-?)(0?)(\d*)([sdcbx%])/g,
    (_all, escape: string | undefined, minus: string, zero: string, width: string, kind: string) => {
      if (escape !== undefined)
        return /^[0-7]/.test(escape)
          ? String.fromCharCode(Number.parseInt(escape, 8))
          : (escapes[escape] ?? `\\${escape}`)
      if (kind === '%') return '%'
      const value = left.shift() ?? ''
      const text = kind === 'd' ? String(Number(value)) : kind === 'x' ? Number(value).toString(16) : value
      const size = Number(width || 0)
      return minus === '-' ? text.padEnd(size) : text.padStart(size, zero === '0' ? '0' : ' ')
    },
  )
}
