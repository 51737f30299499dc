/** A claim of a scenario that turned out false. */
export class CheckFailed extends Error {}

/** Throws when `actual` is not `expected`, with both in the message. */
export function equal<T>(what: string, actual: T, expected: T): void {
  if (JSON.stringify(actual) === JSON.stringify(expected)) return
  throw new CheckFailed(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}

/** Throws with `what` when `value` is false. */
export function truthy(what: string, value: boolean): void {
  if (!value) throw new CheckFailed(what)
}

/** The first line in which two texts differ, for a message; undefined when they are equal. */
export function firstDifference(before: string, after: string): string | undefined {
  if (before === after) return undefined
  const [a, b] = [new Set(before.split('\n')), new Set(after.split('\n'))]
  const gone = [...a].filter((line) => !b.has(line)).slice(0, 5)
  const come = [...b].filter((line) => !a.has(line)).slice(0, 5)
  return [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)].join('\n')
}
