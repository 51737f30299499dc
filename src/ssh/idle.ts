/** Something whose connections can be ended and made again. */
export interface Resting {
  disconnect(): void
}

/**
 * The connections that nobody uses now. More than a few hundred are not kept: each costs memory here and a process on its
 * node. The one that rested longest is ended, and made again when it is needed.
 */
export class IdleLinks {
  private readonly limit: number
  private readonly resting = new Set<Resting>()

  /** @param limit how many may rest */
  constructor(limit: number) {
    this.limit = limit
  }

  /** A command is about to use it. */
  use(link: Resting): void {
    this.resting.delete(link)
  }

  /** Its last command has ended. */
  rest(link: Resting): void {
    this.resting.add(link)
    for (const oldest of this.resting) {
      if (this.resting.size <= this.limit) return
      this.resting.delete(oldest)
      oldest.disconnect()
    }
  }
}
