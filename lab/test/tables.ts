import type { ActionResult } from './action.ts'
import type { Probed } from './prober.ts'

interface Step {
  id: string
  state: string
  milliseconds: number
}

interface Node {
  name: string
  steps: Step[]
  outOfService?: number
}

/** Seconds of every step of every node, from the report. */
export function nodeTable(result: ActionResult): string {
  const { nodes } = result.report as { nodes: Node[] }
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

/** Requests asked, lost and slow. */
export function probeTable(probed: Probed): string {
  return Object.entries(probed)
    .map(([name, { asked, failed, slow, errors }]) =>
      [
        `${name}: ${asked} asked, ${failed} failed, ${slow} slower than 1 s`,
        ...errors.map((error) => `  ${error}`),
      ].join('\n'),
    )
    .join('\n')
}
