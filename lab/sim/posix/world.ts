import type { Files } from './files.ts'
import type { Shell } from './shell.ts'
import type { Input } from './streams.ts'

/** A command that is not part of the shell. */
export type Tool = (call: ToolCall) => number | Promise<number>

export interface ToolCall {
  /** As it was called, such as `/usr/bin/kubeadm`. */
  readonly path: string
  readonly args: readonly string[]
  readonly stdin: Input
  readonly shell: Shell
  out(text: string): void
  err(text: string): void
}

/** The machine that a script runs on. */
export interface World {
  readonly files: Files
  /** Commands of the machine, by the last part of their path; before those that every machine has (tools.ts). */
  tool(name: string): Tool | undefined
  /** Milliseconds since the epoch. */
  now(): number
  sleep(milliseconds: number): Promise<void>
  kill(pid: string, signal: string): boolean
}

/** Whether a process, with all that it called, still lives. */
export interface Life {
  readonly pid: number
  ended: boolean
}

/** Ends the shell. */
export class Exit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/** `return`, `break` and `continue` on their way. */
export class Jump extends Error {
  readonly to: 'return' | 'break' | 'continue'

  constructor(to: Jump['to']) {
    super(to)
    this.to = to
  }
}

/** An error as file systems give it. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
