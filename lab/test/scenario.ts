import type { Lab } from '../cluster/lab.ts'

/** Where a scenario tells what it found: every check counts as one passed or failed test. */
export class Tally {
  passed = 0
  readonly failures: string[] = []
  private readonly started = Date.now()

  /** Runs one check; a failed one is told and counted, and the scenario goes on. @returns whether it passed */
  async check(name: string, action: () => Promise<void> | void): Promise<boolean> {
    const began = Date.now()
    try {
      await action()
      this.passed++
      this.say(`ok      ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
      return true
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      // Told once more at the end, where the reader of a long log looks first.
      this.failures.push(`${name}\n${reason}`)
      this.say(`FAILED  ${name}\n${reason}`)
      return false
    }
  }

  /** A line for people, with the time since the start. */
  say(text: string): void {
    const seconds = Math.round((Date.now() - this.started) / 1000)
    const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
    for (const line of text.split('\n')) console.log(`[${time}] ${line}`)
  }
}

/** One story on one lab. */
export interface Scenario {
  name: string
  /** What it proves, one sentence. */
  about: string
  /** File below lab/cluster/topologies. */
  topology: string
  /** The version that the lab starts with; default: the topology's. */
  version?: string
  /** Versions that the lab offers beside its own. */
  offer: readonly string[]
  /** How long it is expected to take on two cores, with its lab's up and down; it is left out when that is too late. */
  minutes: number
  run(lab: Lab, tally: Tally): Promise<void>
}
