import { Lock } from '../src/cluster/lock.ts'
import { Slots } from '../src/cluster/slots.ts'
import type { Benchmark } from './benchmark.ts'
import { leaseOnly } from './lease-only.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Milliseconds of one kubectl call on a control plane node. */
const request = 150

/** The action's own window of slots, on a virtual clock, against batches of the same size. */
export const workers: Benchmark = {
  name: 'workers',
  about:
    'Upgrade of all workers with 5 % of them out of service at most; a worker takes 60 to 120 s, one in twenty up to 15 minutes. Virtual minutes.',
  async run({ nodes }) {
    const rows = []
    for (const count of nodes) {
      const max = Math.max(1, Math.floor(count * 0.05))
      const durations = longTail(count)
      const bound = Math.max(sum(durations) / max, ...durations)
      const window = await slide(durations, max)
      const batches = inBatches(durations, max)
      const ideal = atOnce(durations, max)
      rows.push([
        count,
        max,
        minutes(bound),
        minutes(ideal),
        minutes(window),
        minutes(batches),
        window / ideal,
        batches / ideal,
      ])
    }
    return {
      columns: [
        'workers',
        'at once',
        'bound',
        'ideal',
        'window',
        'batches',
        'window / ideal',
        'batches / ideal',
      ],
      rows,
      curves: [{ title: 'Workers: time of the window against the ideal one', y: 'window / ideal' }],
      notes: [
        `The bound is the sum of all durations divided by the window; ideal is a window in the same order that costs nothing, and still ends with the slowest of the last workers. Every slot costs the window the requests to the API server that the action makes, ${request} ms each.`,
      ],
    }
  },
}

/** Milliseconds of every worker's upgrade; the same in every run. */
function longTail(count: number): number[] {
  let state = 1
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  return Array.from(
    { length: count },
    () => 1000 * (random() < 0.05 ? 120 + 780 * random() : 60 + 60 * random()),
  )
}

/** Everybody waits for the slowest of the batch, and a batch begins with one look at the cluster. */
function inBatches(durations: readonly number[], max: number): number {
  let time = 0
  for (let at = 0; at < durations.length; at += max)
    time += request + Math.max(...durations.slice(at, at + max))
  return time
}

/** Whoever is next starts when a slot is free, at once. */
function atOnce(durations: readonly number[], max: number): number {
  const free = Array.from({ length: max }, () => 0)
  for (const duration of durations) {
    const first = free.indexOf(Math.min(...free))
    free[first] = (free[first] ?? 0) + duration
  }
  return Math.max(...free)
}

async function slide(durations: readonly number[], max: number): Promise<number> {
  const clock = new VirtualClock()
  const out = new Set<string>()
  const me = { holder: 'bench', job: 'job', runUrl: '', actor: '', phase: 'workers', duration: 60 }
  const lock = new Lock(me, undefined, { controlPlanes: [leaseOnly(clock, request)] }, clock)
  const readOut = async (): Promise<string[]> => {
    await clock.sleep(request)
    return [...out]
  }
  const limits = { max, budget: 0, patience: 600_000, aborted: () => false }
  const slots = new Slots({ lock, clock, readOut }, limits)
  let most = 0
  const one = async (duration: number, index: number): Promise<void> => {
    const name = `w${index}`
    await slots.acquire(name, () => undefined)
    out.add(name)
    most = Math.max(most, out.size)
    await clock.sleep(duration)
    out.delete(name)
    await slots.release(name)
  }
  const all = async (): Promise<number> => {
    await lock.take()
    await Promise.all(durations.map(one))
    const ended = clock.now()
    await lock.release()
    return ended
  }
  const ended = await clock.play(all())
  if (most > max) throw new Error(`${most} workers were out of service at once`)
  return ended
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function minutes(ms: number): number {
  return ms / 60_000
}
