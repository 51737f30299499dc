import type { Clock } from '../src/clock.ts'

/** Time that passes only while everybody waits: hours of an upgrade are played in seconds. */
export class VirtualClock implements Clock {
  private time = 0
  private readonly waiting: { at: number; wake: () => void }[] = []

  now(): number {
    return this.time
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.waiting.push({ at: this.time + Math.max(0, ms), wake }))
  }

  /** Lets time pass until `done` is settled. */
  async play<T>(done: Promise<T>): Promise<T> {
    const state = { settled: false }
    const end = (): void => void (state.settled = true)
    done.then(end, end)
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (state.settled) return done
      const next = this.waiting.reduce((first, one) => (one.at < first.at ? one : first), {
        at: Infinity,
        wake: () => undefined,
      })
      if (next.at === Infinity) throw new Error('everybody waits for ever')
      this.waiting.splice(this.waiting.indexOf(next), 1)
      this.time = next.at
      next.wake()
    }
  }
}
