import type { Report } from '../../src/report/model.ts'
import type { ActionResult } from './action.ts'
import type { Probed, Span } from './prober.ts'

/** Seconds of every step of every node, from the report. */
export function nodeTable(result: ActionResult): string {
  const { nodes } = result.report as Report
  const lines = nodes.flatMap((node) => {
    const steps = node.steps.filter((step) => step.state !== 'skipped')
    if (steps.length === 0) return []
    const seconds = (ms: number): string => (ms / 1000).toFixed(1)
    const total = steps.reduce((sum, step) => sum + step.milliseconds, 0)
    const out = node.outOfService === undefined ? '' : `, out of service ${seconds(node.outOfService)} s`
    return [
      `${node.name}: ${seconds(total)} s${out}: ${steps.map((step) => `${step.id} ${seconds(step.milliseconds)}`).join(', ')}`,
    ]
  })
  return lines.join('\n')
}

/** Requests asked, lost and slow; how long each node was out of service. */
export function probeTable({ requests, outOfService }: Probed): string {
  const out = Object.entries(outOfService).map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`)
  const lines = Object.entries(requests).map(([name, { asked, failed, slow, spans }]) =>
    [
      `${name}: ${asked} asked, ${failed} failed, ${slow} slower than 1 s`,
      ...spans.map((span) => `  ${time(span.from)} to ${time(span.to)}: ${reasons(span)}`),
    ].join('\n'),
  )
  return [...lines, `out of service: ${out.join(', ')}`].join('\n')
}

/** What the requests of a span met. */
export function reasons({ why }: Span): string {
  return Object.entries(why)
    .map(([text, times]) => `${times} × ${text}`)
    .join(', ')
}

/** Of the day, UTC. */
function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(11, 23)
}
