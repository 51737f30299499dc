import { NoExitCode, type Executed, type ExecOptions } from './channel.ts'
import type { Endpoint } from './dial.ts'
import type { Line } from './line.ts'

/** Tries on one line: sshd frees a session later than the client sees it closed, and counts too many for a moment. */
const tries = 10

/**
 * The lines to one node: one, and more of them only where sshd's MaxSessions allows fewer sessions on one than there are
 * commands at once.
 */
export class Sessions {
  private readonly newLine: () => Line
  private readonly lines: { readonly line: Line; running: number }[] = []
  private room = Infinity

  constructor(newLine: () => Line) {
    this.newLine = newLine
    this.lines.push({ line: newLine(), running: 0 })
  }

  get endpoint(): Endpoint {
    return this.someLine().line.endpoint
  }

  /** Runs one command; see `Line.execute`. */
  async execute(command: string, options: ExecOptions): Promise<Executed> {
    const deadline = Date.now() + options.timeout
    for (let attempt = 1; ; attempt++) {
      const chosen = this.someLine()
      chosen.running++
      try {
        return await chosen.line.execute(command, { ...options, timeout: Math.max(1, deadline - Date.now()) })
      } catch (error) {
        if (!(error instanceof NoExitCode) || error.kind !== 'refused' || Date.now() >= deadline) throw error
        if (attempt % tries !== 0) await pause(attempt % tries)
        else if (chosen.running > 1) this.room = Math.min(this.room, chosen.running - 1)
        else throw error
      } finally {
        chosen.running--
      }
    }
  }

  disconnect(): void {
    for (const { line } of this.lines) line.disconnect()
  }

  close(): void {
    for (const { line } of this.lines) line.close()
  }

  private someLine(): { readonly line: Line; running: number } {
    const free = this.lines.find(({ running }) => running < this.room)
    if (free !== undefined) return free
    const added = { line: this.newLine(), running: 0 }
    this.lines.push(added)
    return added
  }
}

function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 50 * attempt))
}
