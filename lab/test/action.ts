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
  /** Environment variables beside those of the runner, such as SSH_AUTH_SOCK. */
  env?: Record<string, string>
  /** Follows the log while it runs. */
  onLine?: (line: string) => void
  /** Kills the runner at the first line for which this is so. */
  killAt?: (line: string) => boolean
  /** Gets the means to end it with SIGKILL, as a runner that is lost. */
  onStart?: (kill: () => void) => void
}

/** A run of the action that is under way. */
export interface RunningAction {
  /** What it has printed so far. */
  log(): string
  /** Waits until it has printed a text. @throws {Error} when it ends, or 20 minutes pass, without it */
  sees(text: string): Promise<void>
  /** SIGKILL, as when the runner is gone; resolves when it has ended. */
  kill(): Promise<void>
  /** Runs it once more as the runner does after the job, with the state that it left. */
  post(): Promise<{ code: number; log: string }>
  readonly ended: Promise<ActionResult>
}

/** Runs dist/index.js to its end, exactly as the runner does. */
export function runAction(lab: Lab, phase: string, options: ActionOptions = {}): Promise<ActionResult> {
  return beginAction(lab, phase, options).ended
}

/**
 * Starts dist/index.js inside the lab's network exactly as the runner does: inputs and files through environment
 * variables, nothing else in the environment.
 */
export function beginAction(lab: Lab, phase: string, options: ActionOptions = {}): RunningAction {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-run-'))
  const file = (name: string): string => join(folder, name)
  for (const name of ['output', 'summary', 'state']) writeFileSync(file(name), '')
  const env = { ...environment(lab, phase, folder, options.inputs), ...options.env }
  const started = Date.now()
  const child = start(lab, env)
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
  let over = false
  const closed = endOf(child)
  const toItsEnd = async (): Promise<ActionResult> => {
    const code = await closed
    over = true
    const outputs = parseOutputs(readFileSync(file('output'), 'utf8'))
    const report = outputs['report']
    return {
      code,
      seconds: (Date.now() - started) / 1000,
      log,
      summary: readFileSync(file('summary'), 'utf8'),
      outputs,
      report: report === undefined ? undefined : JSON.parse(readFileSync(report, 'utf8')),
    }
  }
  return {
    log: () => log,
    async sees(text) {
      const until = Date.now() + 20 * 60_000
      while (!log.includes(text)) {
        if (over || Date.now() > until)
          throw new Error(`The log never said "${text}". Its end:\n${log.slice(-2000)}`)
        await sleep(50)
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
    async post() {
      const state = Object.entries(parseOutputs(readFileSync(file('state'), 'utf8')))
      const again = start(lab, {
        ...env,
        ...Object.fromEntries(state.map(([name, value]) => [`STATE_${name}`, value])),
      })
      let text = ''
      again.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
      again.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
      const code = await endOf(again)
      return { code, log: text }
    },
    ended: toItsEnd(),
  }
}

/** The exit code of a process, when it has one; 255 after a signal. */
function endOf(child: ReturnType<typeof start>): Promise<number> {
  return new Promise((resolve) => {
    child.on('close', (exit) => {
      resolve(exit ?? 255)
    })
  })
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** `ip netns exec` and the like replace themselves by the program, so that signals reach it. */
function start(lab: Lab, env: Record<string, string>) {
  const [program = '', ...prefix] = lab.inNetwork
  return spawn(program, [...prefix, process.execPath, join(root, 'dist/index.js')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

function environment(
  lab: Lab,
  phase: string,
  folder: string,
  more: Record<string, string> = {},
): Record<string, string> {
  const inputs: Record<string, string> = {
    phase,
    inventory: readFileSync(join(lab.stateDir, 'inventory.yaml'), 'utf8'),
    'ssh-private-key': readFileSync(join(lab.stateDir, 'id_ed25519'), 'utf8'),
    'ssh-known-hosts': readFileSync(join(lab.stateDir, 'known_hosts'), 'utf8'),
    ...more,
  }
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    RUNNER_TEMP: folder,
    GITHUB_WORKSPACE: folder,
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    GITHUB_STATE: join(folder, 'state'),
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    ),
  }
}

/** GITHUB_OUTPUT as the toolkit writes it: `name<<delimiter`, value, delimiter. */
function parseOutputs(text: string): Record<string, string> {
  const outputs = [...text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)]
  return Object.fromEntries(outputs.map(([, name = '', , value = '']) => [name, value]))
}
