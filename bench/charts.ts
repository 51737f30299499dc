import type { Outcome } from './benchmark.ts'

/** The curves of an outcome as charts that GitHub draws. */
export function charts({ columns, rows, curves = [] }: Outcome): string[] {
  return curves.map(({ title, y, rows: wanted = () => true }) => {
    const chosen = rows.filter(wanted)
    const at = columns.indexOf(y)
    const values = chosen.map((row) => Number(row[at]))
    return [
      '```mermaid',
      'xychart-beta',
      `  title "${title}"`,
      `  x-axis "nodes" [${chosen.map((row) => `"${row[0]}"`).join(', ')}]`,
      `  y-axis "${y}" 0 --> ${ceiling(Math.max(...values))}`,
      `  bar [${values.map((value) => Number(value.toPrecision(3))).join(', ')}]`,
      '```',
    ].join('\n')
  })
}

/** The next round number: one significant digit, upwards. */
function ceiling(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value))
  return Number((Math.ceil(value / unit) * unit).toPrecision(2))
}
