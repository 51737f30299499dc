import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Usage } from './usage.ts'

/** Of the process and of all that it started; not of the machines it talks to. */
export interface Measured extends Usage {
  /** Of the whole process. */
  readonly seconds: number
  /** The last of what it said. */
  readonly output: string
}

/** Where a contestant runs. */
interface Place {
  /** What runs a command in the nodes' network. */
  readonly inNetwork: readonly string[]
  /** For what is kept of it. */
  readonly folder: string
}

/**
 * Runs a contestant to its end.
 * @throws {Error} with its last words when it fails
 */
export async function measure(
  { inNetwork, folder }: Place,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const result = join(folder, 'measured.json')
  const script = join(import.meta.dirname, 'contestants/measured.py')
  const [program = '', ...args] = [...inNetwork, 'python3', script, result, ...argv]
  // Nothing of Ansible is kept in the home directory of whoever measures.
  const home = { ANSIBLE_HOME: join(folder, 'ansible'), ANSIBLE_NOCOWS: '1' }
  const child = spawn(program, args, {
    env: { ...process.env, ...home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-1_000_000)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}:\n${output.slice(-5000)}`)
  return { ...(JSON.parse(readFileSync(result, 'utf8')) as Omit<Measured, 'output'>), output }
}
