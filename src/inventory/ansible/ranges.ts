/** The hosts of a pattern such as `node[01:20:2].example:2222`, and the port behind it. */
export interface HostPattern {
  readonly names: readonly string[]
  readonly port: number | undefined
}

/** Far more than a cluster has, and few enough to be held. */
const mostNames = 10_000

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/**
 * Reads the name of a host in an Ansible inventory, with ranges of numbers (leading zeros are kept) and letters.
 * Source: `expand_hostname_range` of ansible.plugins.inventory. What Ansible takes for no host at all, such as a range that
 * begins after it ends, is a problem here.
 */
export function readHostPattern(pattern: string): HostPattern | { problem: string } {
  const bracketed = /^\[([^[\]]*:[^[\]]*:[^[\]]*)\](?::(\d+))?$/.exec(pattern)
  if (bracketed !== null) return withPort([bracketed[1] ?? ''], bracketed[2])
  const [, address = pattern, port] = /^((?:[^:[\]]|\[[^\]]*\])+):(\d+)$/.exec(pattern) ?? []
  const names = expand(address)
  return 'problem' in names ? names : withPort(names, port)
}

function withPort(names: readonly string[], port: string | undefined): HostPattern | { problem: string } {
  const wrong = names.find((name) => !/^[\p{L}\p{N}_.:%-]+$/u.test(name) || name.endsWith(':'))
  if (wrong !== undefined) return { problem: `accepts the name of a host, with ranges such as node[1:3]` }
  return { names, port: port === undefined ? undefined : Number(port) }
}

function expand(pattern: string): string[] | { problem: string } {
  let names = ['']
  for (const part of pattern.split(/(\[[^\]]*\])/)) {
    const values = /^\[.*\]$/.test(part) ? range(part.slice(1, -1)) : [part]
    if ('problem' in values) return values
    if (names.length * values.length > mostNames) return tooMany
    names = names.flatMap((name) => values.map((value) => name + value))
  }
  return names
}

const tooMany = { problem: `a range of more than ${mostNames} hosts; accepts fewer` }
const accepted = 'accepts begin:end or begin:end:step, numbers or single letters'

function range(text: string): string[] | { problem: string } {
  const [begin = '', end = '', stepText = '1', ...rest] = text.split(':')
  const step = /^\d{1,9}$/.test(stepText) ? Number(stepText) : 0
  if (end === '' || rest.length > 0 || step === 0) return { problem: `the range [${text}]; ${accepted}` }
  const isLetter = (word: string): boolean => word.length === 1 && letters.includes(word)
  if (isLetter(begin) && isLetter(end)) {
    const found = Array.from(letters.slice(letters.indexOf(begin), letters.indexOf(end) + 1))
    return ordered(
      found.filter((_, index) => index % step === 0),
      text,
    )
  }
  if (!/^\d{0,9}$/.test(begin) || !/^\d{1,9}$/.test(end))
    return { problem: `the range [${text}]; ${accepted}` }
  const width = begin.length > 1 && begin.startsWith('0') ? begin.length : 0
  if (width > 0 && width !== end.length)
    return { problem: `the range [${text}]; accepts as many digits at the end as at the begin` }
  const count = Math.floor((Number(end) - Number(begin)) / step) + 1
  if (count > mostNames) return tooMany
  const numbers = Array.from({ length: Math.max(0, count) }, (_, index) => Number(begin) + index * step)
  return ordered(
    numbers.map((number) => String(number).padStart(width, '0')),
    text,
  )
}

function ordered(values: string[], text: string): string[] | { problem: string } {
  return values.length > 0 ? values : { problem: `the range [${text}] ends before it begins` }
}

/** Ansible takes a port in the pattern of a host only where the host stands first. */
export function latePort(name: string): string {
  return `a port at ${JSON.stringify(name)}, which stands further up already; accepts it there, or as ansible_port`
}
