/** A duration for people: `0.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A size for people: `12 KiB`, `3.4 MiB`, `1.2 GiB`. */
export function formatSize(KiB: number): string {
  if (KiB < 1024) return `${Math.round(KiB)} KiB`
  const MiB = KiB / 1024
  return MiB < 1024 ? `${MiB.toFixed(1)} MiB` : `${(MiB / 1024).toFixed(1)} GiB`
}

/** `1 worker`, `3 workers`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** A Markdown table; cells have to be escaped already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** A table of at most `bytes`: the last rows are left out where it would be more, and counted. */
export function boundedTable(
  bytes: number,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  noun: string,
): string {
  let used = Buffer.byteLength(table(head, []))
  const tooMuch = rows.findIndex((row) => (used += Buffer.byteLength(line(row)) + 1) > bytes)
  if (tooMuch < 0) return table(head, rows)
  return `${table(head, rows.slice(0, tooMuch))}\n\n${count(rows.length - tooMuch, `more ${noun}`)} in the report.`
}

/** The end of a text that is too long, which is where programs say why they failed. */
export function lastPart(text: string, characters: number): string {
  const left = text.length - Math.floor(characters)
  return left <= 0 ? text : `… (${left} characters before this are in the report)\n${text.slice(left)}`
}

/** The beginning of a text that is too long. */
export function firstPart(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}…`
}
