/** Time of the simulation: it is the real one, but what takes a second on a real cluster takes `scale` seconds here. */
export class Time {
  /** May be changed while the simulation runs. */
  scale: number
  private skipped = 0

  constructor(scale: number) {
    this.scale = scale
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.skipped
  }

  /** Lets milliseconds pass at once. Only without real shells: their clock does not know of it. */
  skip(milliseconds: number): void {
    this.skipped += milliseconds
  }

  /** Resolves after milliseconds of this clock. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds))
  }

  /** Milliseconds between two looks of whoever waits for something to be so. */
  get step(): number {
    return 20
  }

  /** What so many seconds of a real cluster are here, in milliseconds. */
  of(seconds: number): number {
    return seconds * 1000 * this.scale
  }

  /** A deadline of the cluster. Round trips and shells take real time, so it is never shorter than they need. */
  deadline(seconds: number): number {
    return Math.max(this.of(seconds), 3000)
  }
}

/** The time stamp of the Kubernetes API: whole seconds, UTC. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
