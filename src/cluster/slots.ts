import type { Clock } from '../clock.ts'
import { slotFor } from './lease-rules.ts'
import type { Lock } from './lock.ts'

/** Milliseconds between two looks for a free slot. */
const interval = 2000

/** Why a worker does not get a slot: the failure budget is used up, or the slots are for good. */
export interface NoSlot {
  why: 'budget' | 'full'
  /** Workers that failed, or that are out of service. */
  nodes: readonly string[]
}

/** The window of `max-unavailable`, shared by all jobs of the workflow run: who may be out of service now. */
export class Slots {
  private readonly world: { lock: Lock; clock: Clock; readOut: () => Promise<string[]> }
  private readonly limits: { max: number; budget: number; patience: number; aborted: () => boolean }
  private turn: Promise<unknown> = Promise.resolve()
  private wake: () => void = () => undefined
  /** Workers that wait for a slot. */
  private waiting = 0

  /**
   * @param world.readOut workers of the cluster that are cordoned or not Ready now
   * @param limits.patience milliseconds for which workers that nobody upgrades may keep all slots
   */
  constructor(
    world: { lock: Lock; clock: Clock; readOut: () => Promise<string[]> },
    limits: { max: number; budget: number; patience: number; aborted: () => boolean },
  ) {
    this.world = world
    this.limits = limits
  }

  /**
   * Waits until `node` may go out of service; one after the other.
   * @param refused why an earlier worker was refused: then nobody waits again
   * @returns undefined: it may; else why it may not
   */
  acquire(node: string, refused: () => NoSlot | undefined): Promise<NoSlot | undefined> {
    this.waiting++
    const result = this.turn.then(() => refused() ?? this.waitFor(node)).finally(() => this.waiting--)
    this.turn = result.catch(() => undefined)
    return result
  }

  /** Gives the slot back. Where another worker of this job waits for it, one write tells of both. */
  async release(node: string): Promise<void> {
    const { lock } = this.world
    lock.dropSlot(node)
    this.wake()
    // What cannot be written now is written by the next renewal.
    if (this.waiting === 0) await lock.renew().catch(() => undefined)
  }

  private async waitFor(node: string): Promise<NoSlot | undefined> {
    const { lock, clock, readOut } = this.world
    const { max, budget, patience, aborted } = this.limits
    let fullSince: number | undefined
    for (;;) {
      const woken = new Promise<void>((resolve) => (this.wake = resolve))
      const seen = await lock.takeSlot(node, readOut, ({ held, failed }, out) => {
        const verdict = failed.length > budget || aborted() ? 'budget' : slotFor(node, { max, out, held })
        return { take: verdict === 'take', answer: { verdict, out, failed } }
      })
      if (seen.verdict === 'budget') return { why: 'budget', nodes: seen.failed }
      if (seen.verdict === 'take') {
        lock.slotTaken(node)
        return undefined
      }
      fullSince = seen.verdict === 'full' ? (fullSince ?? clock.now()) : undefined
      if (fullSince !== undefined && clock.now() - fullSince > patience)
        return { why: 'full', nodes: seen.out }
      await Promise.race([clock.sleep(interval), woken])
    }
  }
}
