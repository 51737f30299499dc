import { basename, dirname, join } from 'node:path'
import { globToRegExp, posixRegExp } from './pattern.ts'
import { sed } from './sed.ts'
import { Shell } from './shell.ts'
import type { Tool, ToolCall } from './world.ts'

/** Commands that every machine has, as far as the action's scripts use them. What they do not know they refuse. */
export const tools: Readonly<Record<string, Tool>> = {
  cat: (call) => {
    const { paths } = words(call.args)
    call.out(paths.length === 0 ? call.stdin.rest() : paths.map((path) => readFile(call, path)).join(''))
    return 0
  },
  sed: (call) => {
    const { flags, values, paths } = words(call.args, ['-e'])
    const scripts = values.get('-e') ?? paths.splice(0, 1)
    call.out(sed(input(call, paths), scripts, flags.has('n')))
    return 0
  },
  grep,
  head: (call) => {
    const { values, paths } = words(call.args, ['-n', '-c'])
    const [bytes] = values.get('-c') ?? []
    const text = input(call, paths)
    if (bytes !== undefined) call.out(text.slice(0, Number(bytes)))
    else call.out(joined(linesOf(text).slice(0, Number(values.get('-n')?.[0] ?? 10))))
    return 0
  },
  tail: (call) => {
    const { values, paths } = words(call.args, ['-n', '-c'])
    const text = input(call, paths)
    const [bytes] = values.get('-c') ?? []
    const from = (count: string): number => (count.startsWith('+') ? Number(count) - 1 : -Number(count))
    if (bytes !== undefined) call.out(text.slice(from(bytes)))
    else call.out(joined(linesOf(text).slice(from(values.get('-n')?.[0] ?? '10'))))
    return 0
  },
  wc: (call) => {
    const { flags, paths } = words(call.args)
    const text = input(call, paths)
    call.out(`${flags.has('c') ? text.length : linesOf(text).length}\n`)
    return 0
  },
  sort: (call) => {
    const { flags, paths } = words(call.args)
    const lines = linesOf(input(call, paths))
    const number = (line: string): number => Number.parseFloat(line) || 0
    lines.sort((a, b) =>
      flags.has('n') && number(a) !== number(b) ? number(a) - number(b) : a < b ? -1 : Number(a > b),
    )
    const sorted = flags.has('r') ? lines.toReversed() : lines
    call.out(joined(flags.has('u') ? [...new Set(sorted)] : sorted))
    return 0
  },
  cut: (call) => {
    const fields = Number(call.args.find((word) => word.startsWith('-f'))?.slice(2) ?? 1)
    const delimiter = call.args.find((word) => word.startsWith('-d'))?.slice(2) ?? '\t'
    call.out(joined(linesOf(call.stdin.rest()).map((line) => line.split(delimiter)[fields - 1] ?? '')))
    return 0
  },
  base64: (call) => {
    const text = call.stdin.rest()
    if (call.args.includes('-d')) call.out(Buffer.from(text, 'base64').toString('latin1'))
    else
      call.out(
        Buffer.from(text, 'latin1')
          .toString('base64')
          .replace(/.{1,76}/g, '$&\n'),
      )
    return 0
  },
  tr: (call) => {
    const [from = '', to = ''] = call.args.filter((word) => word !== '-d')
    if (from.length > 2 || to.length > 2) throw new Error("the simulator's tr knows single characters only")
    call.out(
      call.stdin
        .rest()
        .replaceAll(from.replace('\\n', '\n'), call.args.includes('-d') ? '' : to.replace('\\n', '\n')),
    )
    return 0
  },
  mkdir: (call) => {
    const { flags, paths } = words(call.args)
    for (const path of paths) call.shell.files.makeFolder(path, flags.has('p'))
    return 0
  },
  rm: (call) => {
    const { flags, paths } = words(call.args)
    const { files } = call.shell
    for (const path of paths) if (files.exists(path) || !flags.has('f')) files.remove(path, flags.has('r'))
    return 0
  },
  rmdir: (call) => {
    for (const path of words(call.args).paths) call.shell.files.removeFolder(path)
    return 0
  },
  mv: (call) => {
    const [from = '', to = ''] = words(call.args).paths
    call.shell.files.move(from, to)
    return 0
  },
  cp: (call) => {
    const { flags, paths } = words(call.args)
    const to = paths.pop() ?? ''
    for (const path of paths) {
      if (flags.has('r') || flags.has('a') || flags.has('R')) copyTree(call, path, to)
      else call.shell.files.copy(path, to)
    }
    return 0
  },
  mktemp: (call) => {
    const { files } = call.shell
    const template = words(call.args).paths[0] ?? '/tmp/tmp.XXXXXX'
    for (let serial = 0; ; serial++) {
      const path = template.replace(/X+$/, (crosses) => serial.toString(36).padStart(crosses.length, '0'))
      if (files.exists(path)) continue
      if (call.args.includes('-d')) files.makeFolder(path, false)
      else files.write(path, '')
      call.out(`${path}\n`)
      return 0
    }
  },
  readlink: (call) => {
    call.out(`${call.shell.files.target(words(call.args).paths[0] ?? '')}\n`)
    return 0
  },
  stat: (call) => {
    if (call.args[0] === '-fc') call.out('cgroup2fs\n')
    else call.out(`${call.shell.files.stat(call.args.at(-1) ?? '')?.size ?? 0}\n`)
    return 0
  },
  date: (call) => {
    const now = call.shell.world.now()
    const iso = new Date(now).toISOString()
    const format = call.args.find((word) => word.startsWith('+'))?.slice(1) ?? '%s'
    call.out(
      `${format
        .replaceAll('%s', String(Math.floor(now / 1000)))
        .replaceAll('%N', `${String(Math.floor(now) % 1000).padStart(3, '0')}000000`)
        .replaceAll('%F', iso.slice(0, 10))
        .replaceAll('%T', iso.slice(11, 19))}\n`,
    )
    return 0
  },
  sleep: async (call) => {
    await call.shell.world.sleep(Number(call.args[0]) * 1000)
    return 0
  },
  find,
  basename: (call) => {
    call.out(`${basename(call.args[0] ?? '', call.args[1])}\n`)
    return 0
  },
  dirname: (call) => {
    call.out(`${dirname(call.args[0] ?? '')}\n`)
    return 0
  },
  sync: () => 0,
  chmod: () => 0,
  chown: () => 0,
  touch: (call) => {
    for (const path of words(call.args).paths) call.shell.files.append(path, '')
    return 0
  },
  id: (call) => {
    call.out('0\n')
    return 0
  },
  // Only one starter runs at a time here: scripts that hold a lock do not wait for anything else.
  flock: () => 0,
  sh: async (call) => {
    const [file = '', ...positional] = call.args
    const { world, life, streams } = call.shell
    const shell = new Shell(world, life, streams, { positional, name: file })
    return shell.script(world.files.read(file))
  },
}

function grep(call: ToolCall): number {
  const { flags, paths } = words(call.args)
  const [pattern = ''] = paths.splice(0, 1)
  const expression = flags.has('F')
    ? undefined
    : posixRegExp(pattern, flags.has('E'), flags.has('i') ? 'i' : '')
  const is = (line: string): boolean =>
    expression === undefined ? line.includes(pattern) : expression.test(line)
  const found = linesOf(input(call, paths)).filter((line) => is(line) !== flags.has('v'))
  if (flags.has('c')) call.out(`${found.length}\n`)
  else if (!flags.has('q')) call.out(joined(found))
  return found.length > 0 ? 0 : 1
}

function find(call: ToolCall): number {
  const { files } = call.shell
  const at = call.args.findIndex((word) => word.startsWith('-'))
  const roots = call.args.slice(0, at < 0 ? undefined : at)
  const options = new Map<string, string>()
  for (let index = at; index >= 0 && index < call.args.length; index += 2)
    options.set(call.args[index] ?? '', call.args[index + 1] ?? '')
  const name = options.get('-name')
  const depth = (path: string, root: string): number => path.slice(root.length).split('/').length - 1
  let code = 0
  for (const root of roots) {
    if (!files.exists(root)) {
      call.err(`find: '${root}': No such file or directory\n`)
      code = 1
    }
    for (const path of files.tree(root)) {
      if (name !== undefined && !globToRegExp(name).test(basename(path))) continue
      if (options.get('-type') === 'f' && files.isFolder(path)) continue
      if (options.get('-type') === 'd' && !files.isFolder(path)) continue
      if (depth(path, root) < Number(options.get('-mindepth') ?? 0)) continue
      if (depth(path, root) > Number(options.get('-maxdepth') ?? Infinity)) continue
      const format = options.get('-printf') ?? '%p\\n'
      const stat = files.stat(path)
      call.out(
        format
          .replaceAll('%p', path)
          .replaceAll('%f', basename(path))
          .replaceAll('%i', String(stat?.inode ?? 0))
          .replaceAll('%T@', String(stat?.changed ?? 0))
          .replaceAll('\\n', '\n'),
      )
    }
  }
  return code
}

/** Letters of the options, values of those that have one, and the other words. */
function words(
  args: readonly string[],
  valued: readonly string[] = [],
): { flags: Set<string>; values: Map<string, string[]>; paths: string[] } {
  const flags = new Set<string>()
  const values = new Map<string, string[]>()
  const paths: string[] = []
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    const option = valued.find((one) => word.startsWith(one))
    if (option !== undefined) {
      const value = word === option ? (args[++at] ?? '') : word.slice(option.length)
      values.set(option, [...(values.get(option) ?? []), value])
    } else if (word.startsWith('-') && word.length > 1 && !word.startsWith('--'))
      for (const letter of word.slice(1)) flags.add(letter)
    else if (!word.startsWith('--')) paths.push(word)
  }
  return { flags, values, paths }
}

function copyTree(call: ToolCall, from: string, to: string): void {
  const { files } = call.shell
  const target = files.isFolder(to) ? join(to, basename(from)) : to
  for (const path of files.tree(from)) {
    const copy = target + path.slice(from.length)
    if (files.isFolder(path)) files.makeFolder(copy, true)
    else files.copy(path, copy)
  }
}

function readFile(call: ToolCall, path: string): string {
  return path === '-' ? call.stdin.rest() : call.shell.files.read(path)
}

function input(call: ToolCall, paths: readonly string[]): string {
  return paths.length === 0 ? call.stdin.rest() : paths.map((path) => readFile(call, path)).join('')
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
