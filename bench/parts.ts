import type { Report } from '../src/report/model.ts'
import { union, type Span } from './sessions.ts'

/** What an upgrade spends its time on, alike for all contestants that say when they do what. */
const parts = [
  'kubeadm',
  'plan',
  'stop of API servers',
  'packages and images',
  'drain',
  'until healthy',
] as const
export const partColumns = [...parts, 'rest']
type Part = (typeof parts)[number]

/** Something that a contestant did, in milliseconds since the epoch. */
export interface Done extends Span {
  readonly part: Part
}

/** Parts of the lines `[SECONDS] NODE: WHAT` of by-hand.sh, which say what begins. */
const beginnings: Readonly<Record<string, Part | undefined>> = {
  packages: 'packages and images',
  'kubeadm upgrade plan': 'plan',
  'graceful stop of the API server': 'stop of API servers',
  'kubeadm upgrade': 'kubeadm',
  drain: 'drain',
  'waiting until it is healthy': 'until healthy',
  uncordon: 'drain',
}

/** What by-hand.sh did. @param began milliseconds since the epoch */
export function partsOfLoop(output: string, began: number): Done[] {
  const lines = [...output.matchAll(/^\[(\d+)\] (?:\S+: )?(.*)$/gm)].map(([, seconds, what = '']) => ({
    at: began + Number(seconds) * 1000,
    what,
  }))
  return lines.slice(0, -1).flatMap(({ at, what }, index) => {
    const part = beginnings[what]
    return part === undefined ? [] : [{ part, from: at, to: lines[index + 1]?.at ?? at }]
  })
}

const steps: Readonly<Record<string, Part>> = {
  'kubeadm-upgrade-apply': 'kubeadm',
  'kubeadm-upgrade-node': 'kubeadm',
  'stop-api-server': 'stop of API servers',
  cordon: 'drain',
  drain: 'drain',
  uncordon: 'drain',
  'wait-healthy': 'until healthy',
}

/** What a phase of the action did, from its report. */
export function partsOfReport(report: unknown): Done[] {
  return (report as Report).nodes.flatMap(({ steps: done }) =>
    done.flatMap(({ id, state, startedAt, milliseconds }) =>
      state === 'skipped'
        ? []
        : [{ part: steps[id] ?? 'packages and images', from: startedAt, to: startedAt + milliseconds }],
    ),
  )
}

/** Seconds of every part in which it was under way on some node, and of the time in which none was. @param seconds of all */
export function partSeconds(done: readonly Done[], seconds: number): number[] {
  const each = parts.map((part) => union(done.filter((one) => one.part === part)) / 1000)
  return [...each, seconds - union(done) / 1000]
}
