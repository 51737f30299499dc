import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import type { Lab } from '../cluster/lab.ts'

const root = join(import.meta.dirname, '../..')

/** What one run of the action left, as the runner would see it. */
export interface ActionResult {
  code: number
  seconds: number
  log: string
  summary: string
  outputs: Record<string, string>
  /** The JSON report, parsed; undefined when there is none. */
  report: unknown
}

export interface ActionOptions {
  /** Inputs beside phase, inventory and the SSH ones. */
  inputs?: Record<string, string>
  /** Follows the log while it runs. */
  onLine?: (line: string) => void
  /** Kills the runner at the first line for which this is so. */
  killAt?: (line: string) => boolean
  /** Gets the means to end it with SIGKILL, as a runner that is lost. */
  onStart?: (kill: () => void) => void
}

/**
 * Runs dist/index.js inside the lab's network exactly as the runner does: inputs and files through environment variables,
 * nothing else in the environment.
 */
export async function runAction(lab: Lab, phase: string, options: ActionOptions = {}): Promise<ActionResult> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-run-'))
  const file = (name: string): string => join(folder, name)
  for (const name of ['output', 'summary', 'state']) writeFileSync(file(name), '')
  const inputs: Record<string, string> = {
    phase,
    inventory: readFileSync(join(lab.stateDir, 'inventory.yaml'), 'utf8'),
    'ssh-private-key': readFileSync(join(lab.stateDir, 'id_ed25519'), 'utf8'),
    'ssh-known-hosts': readFileSync(join(lab.stateDir, 'known_hosts'), 'utf8'),
    ...options.inputs,
  }
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    RUNNER_TEMP: folder,
    GITHUB_WORKSPACE: folder,
    GITHUB_OUTPUT: file('output'),
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_STATE: file('state'),
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
  }
  const started = Date.now()
  const [program = '', ...prefix] = lab.inNetwork
  const child = spawn(program, [...prefix, process.execPath, join(root, 'dist/index.js')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  options.onStart?.(() => child.kill('SIGKILL'))
  let log = ''
  let rest = ''
  const take = (chunk: Buffer): void => {
    log += chunk.toString()
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (!line.startsWith('::add-mask::')) options.onLine?.(line)
    if (lines.some((line) => options.killAt?.(line) === true)) child.kill('SIGKILL')
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const code = await new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 255)))
  const outputs = parseOutputs(readFileSync(file('output'), 'utf8'))
  return {
    code,
    seconds: (Date.now() - started) / 1000,
    log,
    summary: readFileSync(file('summary'), 'utf8'),
    outputs,
    report: outputs['report'] === undefined ? undefined : JSON.parse(readFileSync(outputs['report'], 'utf8')),
  }
}

/** GITHUB_OUTPUT as the toolkit writes it: `name<<delimiter`, value, delimiter. */
function parseOutputs(text: string): Record<string, string> {
  const outputs = [...text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)]
  return Object.fromEntries(outputs.map(([, name = '', , value = '']) => [name, value]))
}
