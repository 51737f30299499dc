/** What people see: one line when a step starts to take long, one line when it is done, and errors that say what to do. */

/** An error a user can meet. `message` says what was done and where, `log` where to read more, `next` what to do. */
export class LabError extends Error {
  readonly log: string | undefined
  readonly next: string | undefined

  constructor(
    message: string,
    more: { log?: string | undefined; next?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.name = 'LabError'
    this.log = more.log
    this.next = more.next
  }
}

export function describeError(error: unknown): string {
  if (!(error instanceof LabError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const lines = [error.message]
  if (error.log !== undefined) lines.push(`  log:  ${error.log}`)
  if (error.next !== undefined) lines.push(`  next: ${error.next}`)
  return lines.join('\n')
}

/** `75_400` is `1m15s`, `4_210` is `4.2s`. */
export function elapsed(milliseconds: number): string {
  if (milliseconds < 10_000) return `${(milliseconds / 1000).toFixed(1)}s`
  const seconds = Math.round(milliseconds / 1000)
  return seconds < 60
    ? `${seconds}s`
    : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`
}

/** Progress goes to stderr, so that the output of `kubectl`, `ssh` and `exec` stays clean. */
export function info(line: string): void {
  process.stderr.write(`${line}\n`)
}

const LONG_STEP_MS = 20_000

/**
 * Runs one step and says how long it took. While it runs, a line every 20 seconds shows that it lives.
 * @param detail what to add to that line, such as how far the step is
 */
export async function step<T>(title: string, work: () => Promise<T>, detail?: () => string): Promise<T> {
  const start = Date.now()
  const ticker = setInterval(() => {
    info(`  … ${title}: ${elapsed(Date.now() - start)}${detail ? `, ${detail()}` : ''}`)
  }, LONG_STEP_MS)
  try {
    const result = await work()
    info(`  ✓ ${title} (${elapsed(Date.now() - start)})`)
    return result
  } catch (error) {
    info(`  ✗ ${title} (${elapsed(Date.now() - start)})`)
    throw error
  } finally {
    clearInterval(ticker)
  }
}
