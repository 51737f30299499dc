import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { cache } from '../../.ci/tools.ts'
import { artifactsVariable } from './rewrites.ts'

const version = 'v0.2.89'

/** act, built once from its Go module into a cache outside of the checkout. */
export function installAct(): string {
  const bin = join(cache, `act-${version}`)
  const file = join(bin, 'act')
  if (existsSync(file)) return file
  mkdirSync(bin, { recursive: true })
  execFileSync('go', ['install', `github.com/nektos/act@${version}`], {
    env: { ...process.env, GOBIN: bin },
    stdio: 'inherit',
  })
  return file
}

/** One job of a run, a matrix job for each entry. */
export interface JobRun {
  /** Key of the job in its workflow. */
  readonly id: string
  readonly matrix: Readonly<Record<string, string>>
  result: string
  /** Milliseconds since the epoch. */
  startedAt: number
  endedAt: number
  /** Of all its steps. */
  readonly outputs: Record<string, string>
  /** Markdown, of all its steps. */
  summary: string
  /** Whether a step of it failed. */
  failed: boolean
  readonly log: string[]
}

export interface ActRun {
  readonly code: number | null
  readonly jobs: readonly JobRun[]
  /** Everything that act said, for people. */
  readonly log: string
}

export interface ActOptions {
  /** A git repository with workflows. */
  readonly repository: string
  readonly workflow: string
  readonly event?: string
  readonly inputs: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
  /** Where artifacts go. */
  readonly artifacts: string
  /** Actions that are taken from a folder: `owner/name@ref` → folder. */
  readonly actions?: Readonly<Record<string, string>>
  /** A command before act's own, such as one that enters a network. */
  readonly prefix?: readonly string[]
  /** Of the workflow run, and which attempt at it this is. */
  readonly runId: number
  readonly attempt: number
}

/** A line of `act --json`, as far as it is used. */
interface Line {
  readonly msg?: string
  readonly jobID?: string
  readonly matrix?: Readonly<Record<string, string>>
  readonly jobResult?: string
  readonly stepResult?: string
  readonly command?: string
  readonly name?: string
  readonly arg?: string
  readonly content?: string
}

/** Runs a workflow with act on this machine, and waits for its end. */
export async function runAct(act: string, options: ActOptions): Promise<ActRun> {
  const {
    repository,
    workflow,
    event = 'workflow_dispatch',
    inputs,
    secrets,
    artifacts,
    prefix = [],
    actions = {},
    runId,
    attempt,
  } = options
  mkdirSync(artifacts, { recursive: true })
  const node = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url))
  const flags = [
    ...['--json', '--workflows', join('.github/workflows', workflow)],
    ...['--platform', 'self-hosted=-self-hosted', '--platform', 'ubuntu-24.04=-self-hosted'],
    ...Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`]),
    // Values come from the environment, not from the command line.
    ...Object.keys(secrets).flatMap((name) => ['--secret', name]),
    ...['--env', `${artifactsVariable}=${artifacts}`],
    // Its own servers are not used; without an address they look for a way out, which a lab's network has not.
    ...['--no-cache-server', '--cache-server-addr', '127.0.0.1', '--artifact-server-addr', '127.0.0.1'],
    ...['--env', `GITHUB_RUN_ID=${runId}`, '--env', `GITHUB_RUN_ATTEMPT=${attempt}`],
    ...Object.entries(actions).flatMap(([name, folder]) => ['--local-repository', `${name}=${folder}`]),
  ]
  const [program = '', ...rest] = [...prefix, act, event, ...flags]
  const child = spawn(program, rest, {
    cwd: repository,
    env: {
      PATH: `${node}${delimiter}${process.env['PATH'] ?? ''}`,
      // Not the repository, which act copies for every job.
      HOME: join(artifacts, '../home'),
      ...secrets,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const jobs = new Map<string, JobRun>()
  const log: string[] = []
  const take = (text: string): void => {
    const line = parseLine(text)
    log.push(line.msg ?? text)
    if (line.jobID !== undefined) note(jobs, line.jobID, line)
  }
  const readers = [child.stdout, child.stderr].map((stream) => createInterface({ input: stream }))
  for (const reader of readers) reader.on('line', take)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, jobs: [...jobs.values()], log: log.join('\n') }
}

function parseLine(text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    return { msg: text }
  }
}

function note(jobs: Map<string, JobRun>, id: string, line: Line): void {
  const now = Date.now()
  const matrix = line.matrix ?? {}
  const key = `${id} ${JSON.stringify(matrix)}`
  const fresh = {
    id,
    matrix,
    result: '',
    startedAt: now,
    endedAt: now,
    outputs: {},
    summary: '',
    failed: false,
    log: [],
  }
  const job: JobRun = jobs.get(key) ?? fresh
  jobs.set(key, job)
  job.endedAt = now
  if (line.stepResult === 'failure') job.failed = true
  // act gives all jobs of a matrix that end after one has failed that one's result.
  if (line.jobResult !== undefined)
    job.result = line.jobResult === 'failure' && !job.failed ? 'success' : line.jobResult
  if (line.command === 'set-output' && line.name !== undefined) job.outputs[line.name] = line.arg ?? ''
  if (line.command === 'summary') job.summary += line.content ?? ''
  if (line.msg !== undefined) job.log.push(line.msg)
}
