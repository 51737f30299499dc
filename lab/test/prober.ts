import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Lab } from '../cluster/lab.ts'

/** Requests that failed or were slow; milliseconds since the epoch, of when the first and the last of them were sent. */
export interface Span {
  from: number
  to: number
  /** What they met, and how many did. */
  why: Record<string, number>
}

/** Requests of one kind: asked, failed, and answered only after a second. */
export interface Counts {
  asked: number
  failed: number
  slow: number
  /** When requests failed or were slow: one entry for those that follow each other within seconds. */
  spans: Span[]
}

/** What the prober saw: the API over new connections, kept ones and watches, the web Service, and the nodes. */
export interface Probed {
  /** Of watches: begun, not answered, and pauses of more than a second between two of them. */
  requests: Record<'api, new connections' | 'api, kept connections' | 'api, watches' | 'web', Counts>
  /** Seconds that each node was cordoned or not Ready. */
  outOfService: Record<string, number>
}

/** Asks the API through the load balancer and the web Service ten times a second each, until it is told to stop. */
export function startProber(lab: Lab): { stop(): Promise<Probed> } {
  const [program = '', ...prefix] = lab.inNetwork
  const script = join(import.meta.dirname, 'probe.ts')
  const child = spawn(
    program,
    [...prefix, process.execPath, script, lab.endpoint, lab.web, join(lab.stateDir, 'kubeconfig')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return {
    async stop() {
      const closed = new Promise((resolve) => child.on('close', resolve))
      child.stdin.end()
      await closed
      return JSON.parse(text) as Probed
    },
  }
}
