import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built action. */
export const bundle = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

/** Inputs by the names of action.yml. */
export type Inputs = Readonly<Record<string, string | undefined>>

export interface ActionOptions {
  readonly inputs: Inputs
  /** A folder of this run's own: outputs, state, summary, temporary files. */
  readonly folder: string
  /** GITHUB_WORKSPACE. Default: `folder`. */
  readonly workspace?: string
  readonly env?: Readonly<Record<string, string>>
  /** Gets the log as it appears. */
  readonly onLog?: (text: string) => void
}

/** What a step of a workflow left. */
export interface ActionResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** stdout and stderr, as the runner reads them: workflow commands included. */
  readonly log: string
  readonly outputs: Readonly<Record<string, string>>
  /** What it handed to its `post` run. */
  readonly state: Readonly<Record<string, string>>
  /** Markdown. */
  readonly summary: string
}

/** A step that runs. */
export interface RunningAction {
  readonly process: ChildProcess
  readonly ended: Promise<ActionResult>
}

/** Runs the bundle as the runner runs a step: inputs and files through environment variables, and nothing else. */
export function runAction(options: ActionOptions): Promise<ActionResult> {
  return startAction(options).ended
}

export function startAction(options: ActionOptions): RunningAction {
  const { inputs, folder, workspace, env, onLog } = options
  const files = {
    outputs: join(folder, 'output'),
    state: join(folder, 'state'),
    summary: join(folder, 'summary.md'),
  }
  mkdirSync(join(folder, 'temp'), { recursive: true })
  for (const file of Object.values(files)) writeFileSync(file, '')
  const child = spawn(process.execPath, [bundle], {
    cwd: workspace ?? folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: files.outputs,
      GITHUB_STATE: files.state,
      GITHUB_STEP_SUMMARY: files.summary,
      GITHUB_WORKSPACE: workspace ?? folder,
      RUNNER_TEMP: join(folder, 'temp'),
      ...inputVariables(inputs),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const take = (chunk: Buffer): void => {
    log += chunk.toString()
    onLog?.(chunk.toString())
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const ended = new Promise<ActionResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const outputs = readKeyValues(files.outputs)
      const state = readKeyValues(files.state)
      resolve({ code, signal, log, outputs, state, summary: readFileSync(files.summary, 'utf8') })
    })
  })
  return { process: child, ended }
}

/** The environment of the `post` run after a step, beside that of the step itself. */
export function stateOf({ state }: ActionResult): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]))
}

/** Cancels a step as the runner does, but for the kill at the end, which would come too early where much else runs. */
export function cancelAction({ process, ended }: RunningAction): void {
  process.kill('SIGINT')
  const terminate = setTimeout(() => process.kill('SIGTERM'), 7500)
  void ended.finally(() => clearTimeout(terminate))
}

/** As the runner names them: upper case, spaces as underscores, hyphens kept; an absent input is an empty variable. */
function inputVariables(inputs: Inputs): Record<string, string> {
  const variable = (name: string): string => `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [variable(name), value ?? '']))
}

/** The format of GITHUB_OUTPUT and GITHUB_STATE: `name<<delimiter`, lines, `delimiter`; or `name=value`. */
export function readKeyValues(file: string): Record<string, string> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  const values: Record<string, string> = {}
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const block = /^([^=]+?)<<(.+)$/.exec(line)
    if (block === null) {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(line) ?? []
      if (name !== undefined) values[name] = value ?? ''
      continue
    }
    const end = lines.indexOf(block[2] ?? '', at + 1)
    values[block[1] ?? ''] = lines.slice(at + 1, end).join('\n')
    at = end
  }
  return values
}
