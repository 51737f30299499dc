import type { LeaseState } from './lease.ts'

/** Who wants the lock. */
export interface Identity {
  /** Jobs with the same holder id share the lock. */
  holder: string
  /** A random word of this job. */
  job: string
  runUrl: string
  actor: string
  phase: string
  /** Seconds. */
  duration: number
}

/** Whether `state` can be taken by `me` as it is. */
export function isOpen(state: LeaseState, me: Identity): boolean {
  return state.holder === '' || state.holder === me.holder
}

/** `state` taken or renewed by `me`; who held it before is gone from it. @param time RFC 3339 */
export function taken(
  state: LeaseState,
  me: Identity,
  own: { beat: number; slots: string[] },
  time: string,
): LeaseState {
  const mine = state.holder === me.holder
  return {
    ...state,
    holder: me.holder,
    runUrl: me.runUrl,
    actor: me.actor,
    phase: me.phase,
    duration: me.duration,
    acquired: mine ? state.acquired : time,
    transitions: mine ? state.transitions : state.transitions + 1,
    jobs: { ...(mine ? state.jobs : {}), [me.job]: own },
    failed: state.failed.holder === me.holder ? state.failed : { holder: me.holder, nodes: [] },
  }
}

/** `state` without this job; free when no other living job is left. */
export function left(state: LeaseState, me: Identity, isDead: (job: string) => boolean): LeaseState {
  const jobs = Object.fromEntries(
    Object.entries(state.jobs).filter(([name]) => name !== me.job && !isDead(name)),
  )
  return { ...state, holder: Object.keys(jobs).length === 0 ? '' : state.holder, jobs }
}

/**
 * Whether a worker may go out of service now.
 * @param out workers that are cordoned or not Ready now, whoever did it
 * @returns take; wait: others are being upgraded; full: only workers that nobody brings back are out
 */
export function slotFor(
  node: string,
  { max, out, held }: { max: number; out: readonly string[]; held: readonly string[] },
): 'take' | 'wait' | 'full' {
  if (out.includes(node)) return 'take'
  const others = new Set([...out, ...held])
  others.delete(node)
  if (others.size < max) return 'take'
  return held.some((name) => name !== node) ? 'wait' : 'full'
}

/** Workers in the slots of all jobs that live. */
export function heldSlots(state: LeaseState, isDead: (job: string) => boolean): string[] {
  return Object.entries(state.jobs).flatMap(([name, job]) => (isDead(name) ? [] : job.slots))
}

/**
 * What an observer knows by its own clock, as client-go's leader election does: a thing that was seen unchanged for so
 * long has expired. Clocks of runners are never compared.
 */
export class Observer {
  private readonly seen = new Map<string, { value: string; since: number }>()

  /** Milliseconds since `value` of `name` was first seen. */
  unchangedFor(name: string, value: string, now: number): number {
    const known = this.seen.get(name)
    if (known?.value === value) return now - known.since
    this.seen.set(name, { value, since: now })
    return 0
  }
}
