import {
  acceptedJump,
  acceptedPort,
  acceptedUser,
  parseJump,
  parsePort,
  parseUser,
} from '../inventory/addresses.ts'
import type { JumpHost } from '../inventory/addresses.ts'
import type { MaxUnavailable } from '../plan/plan.ts'
import { show, unknownKey } from '../inventory/problems.ts'

/*
 * One parser per kind of input. Each takes the input's text (trimmed, never empty) and returns the value or the problem with
 * it, without the input's name: inputs.ts collects them, so that a person corrects all of them at once.
 */

export type Field<T> = { readonly value: T } | { readonly problem: string }

export const phases = ['plan', 'control-plane', 'workers', 'verify', 'upgrade', 'recover', 'cleanup'] as const

export type Phase = (typeof phases)[number]

export function parsePhase(text: string): Field<Phase> {
  const found = phases.find((phase) => phase === text)
  if (found !== undefined) return { value: found }
  const near = /did you mean .*/.exec(unknownKey(text, phases))?.[0]
  return { problem: refused(text, `${phases.join(', ')}${near === undefined ? '' : `; ${near}`}`) }
}

export function parseMaxUnavailable(text: string): Field<MaxUnavailable> {
  const [, digits = '', percent] = /^([1-9]\d{0,8})(%?)$/.exec(text) ?? []
  const number = Number(digits)
  if (number === 0 || (percent === '%' && number > 100))
    return { problem: refused(text, 'a count from 1 on, or a percentage of the workers from 1% to 100%') }
  return { value: percent === '%' ? { percent: number } : { count: number } }
}

/** The words that YAML 1.2 takes for a boolean, as the other actions do. */
export function parseFlag(text: string): Field<boolean> {
  if (/^(true|True|TRUE)$/.test(text)) return { value: true }
  if (/^(false|False|FALSE)$/.test(text)) return { value: false }
  return { problem: refused(text, 'true or false') }
}

export function parseDigest(text: string): Field<string> {
  if (/^[0-9a-f]{64}$/.test(text)) return { value: text }
  return { problem: refused(text, 'the output plan-digest of a plan, 64 hexadecimal digits') }
}

export function parseHolder(text: string): Field<string> {
  if (/^[^\s\p{C}]{1,253}$/u.test(text)) return { value: text }
  return { problem: refused(text, 'the holder id of a lock, as the refusal printed it') }
}

export function parseUserField(text: string): Field<string> {
  const user = parseUser(text)
  return user === undefined ? { problem: refused(text, acceptedUser) } : { value: user }
}

export function parsePortField(text: string): Field<number> {
  const port = parsePort(text)
  return port === undefined ? { problem: refused(text, acceptedPort) } : { value: port }
}

/** Jump hosts as `ssh -J` takes them: `user@host:port`, several with commas, the one nearest to the runner first. */
export function parseJumps(text: string): Field<readonly JumpHost[]> {
  const hosts = text.split(',').map((part) => ({ part: part.trim(), host: parseJump(part.trim()) }))
  const wrong = hosts.filter(({ host }) => host === undefined)
  if (wrong.length > 0)
    return {
      problem: refused(wrong.map(({ part }) => part).join(', '), `${acceptedJump}; several with commas`),
    }
  return { value: hosts.flatMap(({ host }) => host ?? []) }
}

function refused(text: string, accepted: string): string {
  return `got ${show(text)}; accepts ${accepted}`
}
