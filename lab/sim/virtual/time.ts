import { setImmediate } from 'node:timers/promises'
import { Time } from '../model/time.ts'

interface Timer {
  readonly at: number
  readonly serial: number
  readonly wake: () => void
}

/**
 * Time that passes only when everybody waits for it. Whatever is not waiting for this clock has to be done without real
 * input and output, so that it is done when the queue of promises is empty.
 */
export class VirtualTime extends Time {
  private present: number
  private serial = 0
  /** A heap, the next one first. */
  private readonly timers: Timer[] = []

  /** @param start milliseconds since the epoch */
  constructor(start: number) {
    super(1)
    this.present = start
  }

  override now(): number {
    return this.present
  }

  override wait(milliseconds: number): Promise<void> {
    return new Promise((wake) =>
      this.push({ at: this.present + Math.max(0, milliseconds), serial: ++this.serial, wake }),
    )
  }

  /** The steps in which simulated commands look whether something is so, in milliseconds. */
  override get step(): number {
    return 500
  }

  /**
   * Lets time pass until `goal` is reached.
   * @param limit milliseconds of this clock after which it is given up
   * @throws {Error} when nobody waits for anything any more, or the limit has passed
   */
  async runUntil<T>(goal: Promise<T>, limit: number): Promise<T> {
    const state = { over: false }
    const end = goal.finally(() => (state.over = true))
    end.catch(() => undefined)
    const last = this.present + limit
    for (;;) {
      await setImmediate()
      if (state.over) return end
      const next = this.pop()
      if (next === undefined) throw new Error('Everybody waits, and nothing will happen any more.')
      if (next.at > last) throw new Error(`Not at an end after ${Math.round(limit / 60_000)} minutes.`)
      this.present = Math.max(this.present, next.at)
      next.wake()
    }
  }

  private push(timer: Timer): void {
    const { timers } = this
    let at = timers.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.earlier(at, parent)) break
      this.swap(at, parent)
      at = parent
    }
  }

  private pop(): Timer | undefined {
    const { timers } = this
    const [first] = timers
    const last = timers.pop()
    if (first === undefined || last === undefined || timers.length === 0) return first
    timers[0] = last
    for (let at = 0; ;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < timers.length && this.earlier(child, least)) least = child
      if (least === at) return first
      this.swap(at, least)
      at = least
    }
  }

  private earlier(a: number, b: number): boolean {
    const [one, other] = [this.timers[a], this.timers[b]]
    if (one === undefined || other === undefined) return false
    return one.at === other.at ? one.serial < other.serial : one.at < other.at
  }

  private swap(a: number, b: number): void {
    const [one, other] = [this.timers[a], this.timers[b]]
    if (one !== undefined && other !== undefined) [this.timers[a], this.timers[b]] = [other, one]
  }
}
