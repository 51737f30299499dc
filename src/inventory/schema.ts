import { z } from 'zod'
import { show } from './problems.ts'

/*
 * Building blocks of the inventory's and the policy's schema. In both, the error text of a schema is the phrase of what it
 * accepts ("a duration such as 90s"): problems.ts puts what was got in front of it.
 */

/** A mapping that knows all its keys: an unknown one is an error, and its error text lists the known ones. */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? known : `a mapping with ${known}`),
  })
}

/** A list of `item`s. */
export function list<Item extends z.ZodType>(item: Item, accepted: string) {
  return z.array(item, { error: accepted })
}

/** Text that matches `pattern` as a whole. */
export function text(accepted: string, pattern: RegExp) {
  return z.string({ error: accepted }).regex(pattern, { error: accepted })
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}` })
}

export function flag() {
  return z.boolean({ error: 'true or false' })
}

/** A whole number from `min` on, to `max` when given. */
export function whole(min: number, max?: number) {
  const accepted =
    max === undefined ? `a whole number from ${min} on` : `a whole number from ${min} to ${max}`
  const number = z.int({ error: accepted }).min(min, { error: accepted })
  return max === undefined ? number : number.max(max, { error: accepted })
}

/** Text of one line that is not blank. */
export function line(accepted: string) {
  return text(accepted, /^(?=.*\S)\P{Cc}+$/u)
}

const durationPattern = /^(\d+(\.\d+)?(h|ms|m|s))+$/
const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

// A Node timer above 2^31 ms (24.8 days) fires at once: a timeout that was meant to be endless would be none.
const longestMs = 7 * 24 * 3_600_000

/** Milliseconds of a duration as Go writes it (`90s`, `5m`, `1h30m`, `1.5h`, `250ms`); undefined for anything else. */
export function parseDuration(value: string): number | undefined {
  if (!durationPattern.test(value)) return undefined
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)]
  return Math.round(parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0))
}

/** A duration, in milliseconds once parsed. `least` is the shortest that is accepted, in milliseconds. */
export function duration(least = 1) {
  const accepted = `a duration such as 90s, 5m or 1h30m, ${least > 0 ? 'above 0s, ' : ''}at most 168h`
  return parsed(accepted, durationPattern, (value) => {
    const ms = parseDuration(value) ?? 0
    return ms >= least && ms <= longestMs ? ms : undefined
  })
}

/** Text that `parse` turns into something better; undefined says that it is not acceptable. */
export function parsed<T>(accepted: string, pattern: RegExp, parse: (value: string) => T | undefined) {
  return text(accepted, pattern).transform((value, context): T => {
    const result = parse(value)
    if (result !== undefined) return result
    context.issues.push({ code: 'custom', input: value, message: `got ${show(value)}; accepts ${accepted}` })
    return z.NEVER
  })
}
