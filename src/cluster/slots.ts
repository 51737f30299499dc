/** A worker's permission to be out of service. */
export interface Slot {
  release(): void
}

/**
 * The window of `max-unavailable`: who may be out of service now.
 * One process keeps it in memory; several jobs share one in the cluster through another implementation.
 */
export interface Slots {
  /**
   * Waits until `node` may go out of service.
   * @param out the node is out of service already: it takes the slot that it uses anyway
   */
  acquire(node: string, out: boolean): Promise<Slot>
}

/**
 * Slots of this process.
 * @param max `max-unavailable`
 * @param taken workers that are out of service and that this run does not bring back
 * @param returning workers that are out of service and that this run brings back: each holds its slot until it is released
 */
export class LocalSlots implements Slots {
  private free: number
  private readonly waiting: (() => void)[] = []

  constructor(max: number, taken: number, returning: number) {
    this.free = max - taken - returning
  }

  async acquire(_node: string, out: boolean): Promise<Slot> {
    if (!out) {
      if (this.free > 0) this.free--
      else await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
    let held = true
    return {
      release: () => {
        if (!held) return
        held = false
        this.free++
        while (this.free > 0 && this.waiting.length > 0) {
          this.free--
          this.waiting.shift()?.()
        }
      },
    }
  }
}
