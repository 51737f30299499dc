/** Rows for people: a table in Markdown, columns in the order of `columns`, numbers to the right. */
export function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const text = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? format(cell) : cell)))
  const width = columns.map((name, at) =>
    Math.max(3, name.length, ...text.map((row) => (row[at] ?? '').length)),
  )
  const numeric = columns.map((_, at) => rows.every((row) => typeof row[at] === 'number'))
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, at) =>
      numeric[at] === true ? cell.padStart(width[at] ?? 0) : cell.padEnd(width[at] ?? 0),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = width.map((count, at) => `${'-'.repeat(count - 1)}${numeric[at] === true ? ':' : '-'}`)
  return [line(columns), `| ${rule.join(' | ')} |`, ...text.map(line)].join('\n')
}

/** Three significant digits, and no exponent. */
function format(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : value.toFixed(2)
}

/** The middle one, and half of the distance between the quartiles, to say how much the runs differ. */
export function summarise(values: readonly number[]): { median: number; spread: number } {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { median: at(0.5), spread: (at(0.75) - at(0.25)) / 2 }
}
