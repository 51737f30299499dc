import type { Span } from './prober.ts'

/** Milliseconds: what is further apart is told apart. */
const apart = 5000

/** Adds a request to the span it belongs to; requests end in another order than they began. */
export function note(spans: Span[], at: number, why: string): void {
  const span = spans.find(({ from, to }) => at >= from - apart && at <= to + apart)
  if (span === undefined) {
    spans.push({ from: at, to: at, why: { [why]: 1 } })
    return
  }
  span.from = Math.min(span.from, at)
  span.to = Math.max(span.to, at)
  span.why[why] = (span.why[why] ?? 0) + 1
}
