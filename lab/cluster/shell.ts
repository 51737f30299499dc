/** Running programs: with their output kept, in a log file, or on the user's terminal. */
import { spawn, type StdioOptions } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { LabError } from './output.ts'

export interface RunOptions {
  /** Text for the program's standard input. */
  input?: string
  cwd?: string
  /** Added to this process's environment. */
  env?: Record<string, string>
  /** File that gets stdout and stderr, appended. Without it both are returned. */
  log?: string
  /** What was being done, for the error message. Default: the command itself. */
  what?: string
  /** Advice for the error message. */
  next?: string
  timeoutMs?: number
}

export interface Result {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end and returns what it said, whatever its exit code. */
export function attempt(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
  const [file, ...args] = argv
  if (file === undefined) throw new Error('attempt: empty command')
  const log = options.log === undefined ? undefined : openLog(options.log)
  const stdio: StdioOptions = ['pipe', log ?? 'pipe', log ?? 'pipe']
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd ?? '/',
      env: { ...process.env, ...options.env },
      stdio,
      ...(options.timeoutMs === undefined
        ? {}
        : { timeout: options.timeoutMs, killSignal: 'SIGKILL' as const }),
    })
    const output = { stdout: '', stderr: '' }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
    // A program that ends without reading its input closes the pipe; its exit code says more than EPIPE.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input ?? '')
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 255, ...output }))
  }).finally(() => log !== undefined && closeSync(log)) as Promise<Result>
}

/** Runs a program that must succeed and returns its stdout. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(argv, options)
  if (result.code === 0) return result.stdout
  const said = options.log === undefined ? result.stderr : readFileSync(options.log, 'utf8')
  const lastLines = said.trim().split('\n').slice(-12).join('\n    ')
  throw new LabError(
    `${options.what ?? argv.join(' ')} failed with exit code ${result.code}${lastLines ? `\n    ${lastLines}` : ''}`,
    { log: options.log, next: options.next },
  )
}

/** Runs a program on the user's own terminal and returns its exit code. */
export function interactive(argv: readonly string[]): Promise<number> {
  const [file, ...args] = argv
  if (file === undefined) throw new Error('interactive: empty command')
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit' })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 255)))
  })
}

/** Starts a program that outlives this process; its output goes to the log file. */
export function background(argv: readonly string[], log: string): void {
  const [file, ...args] = argv
  if (file === undefined) throw new Error('background: empty command')
  const output = openLog(log)
  const child = spawn(file, args, { cwd: '/', detached: true, stdio: ['ignore', output, output] })
  child.on('error', () => undefined)
  child.unref()
  closeSync(output)
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true })
  return openSync(path, 'a')
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
