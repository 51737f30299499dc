import type { Shell } from './shell.ts'
import { Exit, Jump } from './world.ts'
import { test } from './test-command.ts'
import { printf } from './printf.ts'

type Builtin = (shell: Shell, args: readonly string[]) => number | Promise<number>

/** Commands that belong to the shell itself. */
export const builtins: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  echo(shell, args) {
    shell.write(1, `${args.join(' ')}\n`)
    return 0
  },
  printf(shell, [format = '', ...args]) {
    shell.write(1, printf(format, args))
    return 0
  },
  read(shell, args) {
    const names = args.filter((name) => name !== '-r')
    const line = shell.streams.get(0)?.input?.line()
    const ifs = shell.get('IFS') ?? ' \t\n'
    for (const [name, value] of fieldsOf(line ?? '', names, ifs)) shell.set(name, value)
    return line === undefined ? 1 : 0
  },
  set(shell, args) {
    for (const [at, word] of args.entries()) {
      if (word === '--' || !/^[-+]/.test(word)) {
        shell.positional = args.slice(word === '--' ? at + 1 : at)
        break
      }
      const on = word.startsWith('-')
      if (word.includes('e')) shell.options.errors = on
      if (word.includes('u')) shell.options.unset = on
    }
    return 0
  },
  shift(shell, [count = '1']) {
    shell.positional = shell.positional.slice(Number(count))
    return 0
  },
  unset(shell, names) {
    for (const name of names) shell.variables.delete(name)
    return 0
  },
  export: assign,
  readonly: assign,
  local: assign,
  umask: () => 0,
  cd(shell, [folder = '/']) {
    if (!shell.files.isFolder(folder)) return shell.fail(`cd: can't cd to ${folder}`)
    shell.files = shell.files.from(folder)
    return 0
  },
  pwd(shell) {
    shell.write(1, `${shell.files.folder}\n`)
    return 0
  },
  trap(shell, [action = '', ...signals]) {
    if (signals.includes('EXIT')) shell.trap = action === '-' ? '' : action
    return 0
  },
  exit(shell, [code]) {
    throw new Exit(code === undefined ? shell.status : Number(code))
  },
  return(shell, [code]) {
    shell.status = code === undefined ? shell.status : Number(code)
    throw new Jump('return')
  },
  break: () => {
    throw new Jump('break')
  },
  continue: () => {
    throw new Jump('continue')
  },
  '[': (shell, args) => Number(!test(args.slice(0, -1), shell.files)),
  test: (shell, args) => Number(!test(args, shell.files)),
  kill(shell, args) {
    const [pid = ''] = args.filter((word) => !word.startsWith('-'))
    const signal = args.find((word) => word.startsWith('-'))?.slice(1) ?? 'TERM'
    return shell.world.kill(pid, signal) ? 0 : 1
  },
  command(shell, [first = '', ...rest]) {
    if (first !== '-v') return shell.call(first, rest, true)
    const [name = ''] = rest
    const found = name in builtins || shell.functions.has(name) || shell.find(name) !== undefined
    if (found) shell.write(1, `${name}\n`)
    return found ? 0 : 127
  },
}

function assign(shell: Shell, args: readonly string[]): number {
  for (const word of args) {
    const [name = '', ...value] = word.split('=')
    if (value.length > 0) shell.set(name, value.join('='))
  }
  return 0
}

/** The words of a line for the names of `read`: the last name gets the rest. */
function fieldsOf(line: string, names: readonly string[], ifs: string): [string, string][] {
  if (ifs === '') return names.map((name, at) => [name, at === 0 ? line : ''])
  const white = new RegExp(`^[${ifs.replace(/[\]\\^-]/g, '\\$&')}]+`)
  const next = new RegExp(`^([^${ifs.replace(/[\]\\^-]/g, '\\$&')}]*)`)
  let rest = line.replace(white, '')
  return names.map((name, at) => {
    if (at === names.length - 1) return [name, rest.replace(/[ \t]+$/, '')]
    const word = next.exec(rest)?.[1] ?? ''
    rest = rest.slice(word.length).replace(white, '')
    return [name, word]
  })
}
