import type { Probed, Span } from '../lab/test/prober.ts'
import { reasons } from '../lab/test/tables.ts'
import type { Done } from './parts.ts'
import type { Restart } from './restarts.ts'

export const lossColumns = [
  'after s',
  'connections',
  'what they met',
  'what was under way',
  'what etcd and API servers did (s)',
]

/** Milliseconds: what happened so long before a request may have to do with it. */
const before = 12_000

/** Most spans that are told: on a single control plane node there are many, and one reason. */
const most = 40

/**
 * The requests that failed at the API or were slow, and what happened then.
 * @param done what the contestant did
 * @param restarts what etcd and API servers did
 * @param began when it began, milliseconds since the epoch
 */
export function lossesOf(
  { requests }: Probed,
  done: readonly Done[],
  restarts: readonly Restart[],
  began: number,
): (string | number)[][] {
  const kinds = { new: requests['api, new connections'], kept: requests['api, kept connections'] }
  const spans = Object.entries(kinds).flatMap(([kind, { spans }]) => spans.map((span) => ({ kind, ...span })))
  return spans
    .toSorted((a, b) => a.from - b.from)
    .slice(0, most)
    .map((span) => [
      Math.round((span.from - began) / 1000),
      span.kind,
      reasons(span),
      underWay(done, span),
      around(restarts, span),
    ])
}

function underWay(done: readonly Done[], span: Span): string {
  const parts = done.filter(({ from, to }) => from <= span.to && to >= span.from).map(({ part }) => part)
  return [...new Set(parts)].join(', ')
}

/** Restarts shortly before and during a span, in seconds from its begin. */
function around(restarts: readonly Restart[], span: Span): string {
  const near = restarts.filter(({ at }) => at > span.from - before && at < span.to + 1000)
  return near
    .map(
      ({ node, component, what, at }) =>
        `${node} ${component} ${what} ${((at - span.from) / 1000).toFixed(1)}`,
    )
    .join('; ')
}
