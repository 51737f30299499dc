import type { NodeReport } from './model.ts'

/** Bars in the picture: Mermaid refuses texts above 50,000 characters, and nobody reads more. */
const maxNodes = 60

/** Steps that take less than this are no bar of their own. Milliseconds. */
const leastMs = 500

/** When each node was worked on, as a Mermaid gantt chart; empty without steps that took time. */
export function timeline(nodes: readonly NodeReport[]): string {
  const worked = nodes
    .map((node) => ({
      node,
      steps: node.steps.filter((step) => step.state !== 'skipped' && step.milliseconds >= leastMs),
    }))
    .filter(({ steps }) => steps.length > 0)
    .slice(0, maxNodes)
  if (worked.length === 0) return ''
  const start = Math.min(...worked.flatMap(({ steps }) => steps.map((step) => step.startedAt)))
  const second = (at: number): number => Math.round((at - start) / 1000)
  const lines = worked.flatMap(({ node, steps }) => [
    `  section ${node.name}`,
    ...steps.map((step) => {
      const length = Math.max(1, Math.round(step.milliseconds / 1000))
      return `  ${step.id} :${step.state === 'failed' ? 'crit, ' : ''}${second(step.startedAt)}, ${length}s`
    }),
  ])
  // Seconds since the first step stand where Mermaid wants a date: the axis shows minutes and seconds.
  return ['```mermaid', 'gantt', '  dateFormat X', '  axisFormat %M:%S', ...lines, '```'].join('\n')
}
