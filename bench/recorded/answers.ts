import { spawn } from 'node:child_process'
import { rewritePaths } from '../../lab/sim/rewrite.ts'

/** What a script left. */
export interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The machine that was really asked. */
export interface Origin {
  readonly name: string
  readonly machineId: string
  readonly sandbox: string
  readonly env: NodeJS.ProcessEnv
}

/** What differs from machine to machine. */
export interface Likeness {
  readonly name: string
  readonly machineId: string
}

const marker = /kubeadm-upgrade:[0-9a-f]{24}/

/**
 * What thousands of machines answer: each script runs once, on `origin`, and all others give its answer under their own
 * names. So a machine costs nothing but its SSH connection, and the answers are those of our own scripts.
 */
export class Answers {
  private readonly origin: Origin
  private readonly known = new Map<string, Promise<Answer>>()

  constructor(origin: Origin) {
    this.origin = origin
  }

  async of(script: string, likeness: Likeness): Promise<Answer> {
    // What OpenSSH sends has none: then nothing is replaced.
    const mark = marker.exec(script)?.[0] ?? 'MARKER'
    const key = script.replaceAll(mark, 'MARKER').replaceAll(likeness.name, this.origin.name)
    let answer = this.known.get(key)
    if (answer === undefined) {
      answer = this.run(key)
      this.known.set(key, answer)
    }
    const { code, stdout, stderr } = await answer
    const own = (text: string): string =>
      text
        .replaceAll('MARKER', mark)
        .replaceAll(this.origin.machineId, likeness.machineId)
        .replaceAll(`\n${this.origin.name}\n`, `\n${likeness.name}\n`)
    return { code, stdout: own(stdout), stderr: own(stderr) }
  }

  private run(script: string): Promise<Answer> {
    const { sandbox, env } = this.origin
    const child = spawn('/bin/sh', ['-s'], { cwd: sandbox, env, stdio: 'pipe' })
    child.stdin.end(rewritePaths(script, sandbox))
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    return new Promise((resolve) =>
      child.on('close', (code) => resolve({ code: code ?? 255, stdout, stderr })),
    )
  }
}
