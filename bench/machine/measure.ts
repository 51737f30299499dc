import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ansibleFolder } from '../ansible.ts'
import type { Machine } from './machine.ts'

export interface Measured {
  /** Of the whole process. */
  readonly seconds: number
  /** Seconds of CPU of the process and of all that it started; not those of the machine it talks to. */
  readonly cpu: number
}

/**
 * Runs a command in the machine's network.
 * @throws {Error} with its last words when it fails
 */
export async function measure(
  machine: Machine,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const result = join(machine.folder, 'measured.json')
  const python = join(ansibleFolder(), 'bin/python')
  const script = join(import.meta.dirname, '../contestants/measured.py')
  const [program = '', ...args] = [...machine.inNetwork, python, script, result, ...argv]
  // Nothing of Ansible is kept in the home directory of whoever measures.
  const home = { ANSIBLE_HOME: join(machine.folder, 'ansible'), ANSIBLE_NOCOWS: '1' }
  await promisify(execFile)(program, args, {
    env: { ...process.env, ...home, ...env },
    maxBuffer: 2 ** 30,
  })
  return JSON.parse(readFileSync(result, 'utf8')) as Measured
}
