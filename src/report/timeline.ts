import type { NodeReport, StepReport } from './model.ts'

/** Bars in the picture: Mermaid refuses texts above 50,000 characters, and nobody reads more. */
const maxNodes = 60

/** Steps that take a smaller part of the whole are no bar of their own: each would be a row, with nothing to see. */
const leastPart = 0.01

/** And none that takes less than this. Milliseconds. */
const leastMs = 500

/** When each node was worked on, as a Mermaid gantt chart; empty without steps that took time. */
export function timeline(nodes: readonly NodeReport[]): string {
  const done = nodes
    .map((node) => ({ node, steps: node.steps.filter((step) => step.state !== 'skipped') }))
    .filter(({ steps }) => steps.length > 0)
  const whole = spanOf(done.flatMap(({ steps }) => steps)).milliseconds
  const least = Math.max(leastMs, whole * leastPart)
  const worked = done
    .map(({ node, steps }) => ({ node, steps: barsOf(steps, least) }))
    .filter(({ steps }) => steps.length > 0)
    .slice(0, maxNodes)
  if (worked.length === 0) return ''
  const lines = worked.flatMap(({ node, steps }) => [
    `  section ${node.name}`,
    ...steps.map((step) => {
      const length = Math.max(1, Math.round(step.milliseconds / 1000))
      return `  ${step.id} :${step.state === 'failed' ? 'crit, ' : ''}${step.startedAt}, ${length}s`
    }),
  ])
  // The time of day where it is looked at. Mermaid takes bare numbers for milliseconds since the epoch, whatever is documented
  // of X for seconds; and times that count from 0 would be moved by the viewer's time zone.
  const axis = whole < 600_000 ? '%H:%M:%S' : '%H:%M'
  return ['```mermaid', 'gantt', '  dateFormat x', `  axisFormat ${axis}`, ...lines, '```'].join('\n')
}

type Bar = Pick<StepReport, 'id' | 'state' | 'startedAt' | 'milliseconds'>

/** The steps that one can see; of a node that has none, one bar for all that was done there. */
function barsOf(steps: readonly StepReport[], least: number): Bar[] {
  const shown = steps.filter((step) => step.state === 'failed' || step.milliseconds >= least)
  if (shown.length > 0) return shown
  const span = spanOf(steps)
  return span.milliseconds < leastMs ? [] : [{ id: 'all-steps', state: 'done', ...span }]
}

function spanOf(steps: readonly StepReport[]): Pick<StepReport, 'startedAt' | 'milliseconds'> {
  const startedAt = Math.min(...steps.map((step) => step.startedAt))
  return {
    startedAt,
    milliseconds: Math.max(...steps.map((step) => step.startedAt + step.milliseconds)) - startedAt,
  }
}
