import type { Files } from './files.ts'

/** test(1), without the closing bracket. @throws {Error} for what it does not know */
export function test(args: readonly string[], files: Files): boolean {
  if (args[0] === '!') return !test(args.slice(1), files)
  for (const [word, joins] of [
    ['-o', false],
    ['-a', true],
  ] as const) {
    const at = args.indexOf(word, 1)
    if (at < 0 || args.length <= 3) continue
    const [left, right] = [test(args.slice(0, at), files), test(args.slice(at + 1), files)]
    return joins ? left && right : left || right
  }
  const [first = '', second = '', third = ''] = args
  if (args.length <= 1) return first !== ''
  if (args.length === 2) return unary(first, second, files)
  return binary(first, second, third)
}

function unary(operator: string, value: string, files: Files): boolean {
  switch (operator) {
    case '-n':
      return value !== ''
    case '-z':
      return value === ''
    case '-e':
    case '-r':
    case '-w':
    case '-x':
      return files.exists(value)
    case '-f':
      return files.isFile(value)
    case '-d':
      return files.isFolder(value)
    case '-s':
      return (files.stat(value)?.size ?? 0) > 0
    case '-L':
    case '-h':
      return false
    default:
      throw new Error(`the simulator's shell: test ${operator} is not supported`)
  }
}

function binary(left: string, operator: string, right: string): boolean {
  switch (operator) {
    case '=':
      return left === right
    case '!=':
      return left !== right
    case '-eq':
      return Number(left) === Number(right)
    case '-ne':
      return Number(left) !== Number(right)
    case '-gt':
      return Number(left) > Number(right)
    case '-ge':
      return Number(left) >= Number(right)
    case '-lt':
      return Number(left) < Number(right)
    case '-le':
      return Number(left) <= Number(right)
    default:
      throw new Error(`the simulator's shell: test ${operator} is not supported`)
  }
}
