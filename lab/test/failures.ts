import type { Span } from './prober.ts'

/** Milliseconds: failures that are further apart are told apart. */
const apart = 5000

/** Adds a failure to the span it belongs to; requests end in another order than they began. */
export function note(spans: Span[], at: number, why: string): void {
  const span = spans.find(({ from, to }) => at >= from - apart && at <= to + apart)
  if (span === undefined) spans.push({ from: at, to: at, failed: 1, why })
  else
    Object.assign(span, { from: Math.min(span.from, at), to: Math.max(span.to, at), failed: span.failed + 1 })
}
