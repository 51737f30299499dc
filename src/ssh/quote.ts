/**
 * `value` as one word of POSIX sh, whatever it holds: everything inside single quotes is literal there.
 * @throws {Error} on a NUL, which no shell can hold in a variable and would drop or cut at.
 */
export function quote(value: string): string {
  if (value.includes('\0')) throw new Error('An argument of a script must not hold a NUL character.')
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** The command that makes `args` the positional parameters `$1`, `$2`, …; also when there are none. */
export function setPositional(args: readonly string[]): string {
  return ['set --', ...args.map(quote)].join(' ')
}
