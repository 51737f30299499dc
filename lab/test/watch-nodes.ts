import { readFileSync } from 'node:fs'
import { Agent, request, type AgentOptions, type RequestOptions } from 'node:https'
import { parse } from 'yaml'
import { note } from './failures.ts'
import type { Counts } from './prober.ts'

/** What a watch shows of a node. */
interface Node {
  metadata: { name: string }
  spec: { unschedulable?: boolean }
  status: { conditions: { type: string; status: string }[] }
}

/** Where a node stands, in milliseconds of this process. */
interface Service {
  outSince: number | undefined
  out: number
}

/** The API server's own limit is 30 to 60 minutes; a connection that says nothing for this long is dead: a bookmark comes every minute. */
const silentMs = 90_000
const retryMs = 200
const slowMs = 1000

/**
 * Watches the nodes through the load balancer, as controllers do, and begins again at once when a watch ends.
 *
 * @param kubeconfig file of a user with a client certificate
 * @param counts asked: watches begun; failed: those that got no answer; slow: pauses of more than a second between two of them
 */
export function watchNodes(kubeconfig: string, counts: Counts): { outOfService(): Record<string, number> } {
  const nodes = new Map<string, Service>()
  const options = watchOptions(kubeconfig)
  let endedAt: number | undefined

  const begin = (): void => {
    const started = Date.now()
    counts.asked++
    let answered = false
    let rest = ''
    let over = false
    const end = (why: string): void => {
      if (over) return
      over = true
      asked.destroy()
      if (!answered) {
        counts.failed++
        note(counts.spans, started, why)
      }
      endedAt ??= Date.now()
      setTimeout(begin, answered ? 0 : retryMs)
    }
    const asked = request(options, (response) => {
      if (response.statusCode !== 200) {
        end(`status ${String(response.statusCode)}`)
        return
      }
      response.setEncoding('utf8').on('data', (text: string) => {
        if (!answered && endedAt !== undefined && Date.now() - endedAt > slowMs) counts.slow++
        answered = true
        endedAt = undefined
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) take(nodes, JSON.parse(line) as { type: string; object: Node })
      })
      response.on('end', () => end('ended before it said anything'))
      response.on('error', (error) => end(error.message))
    })
    asked.setTimeout(silentMs, () => end(`nothing for ${silentMs / 1000} s`))
    asked.on('error', (error) => end(error.message))
    asked.end()
  }
  begin()
  return { outOfService: () => seconds(nodes) }
}

function watchOptions(kubeconfig: string): RequestOptions {
  return {
    ...userOf(kubeconfig),
    path: '/api/v1/nodes?watch=true&allowWatchBookmarks=true',
    agent: new Agent({ keepAlive: false }),
  }
}

/** Where the cluster is and who asks. @param kubeconfig file of a user with a client certificate */
export function userOf(
  kubeconfig: string,
): Pick<AgentOptions, 'ca' | 'cert' | 'key'> & Pick<RequestOptions, 'host' | 'port'> {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
    users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[]
  }
  const decode = (text = ''): Buffer => Buffer.from(text, 'base64')
  const cluster = config.clusters[0]?.cluster
  const user = config.users[0]?.user
  const url = new URL(cluster?.server ?? '')
  return {
    // Node wants an IPv6 address without its brackets.
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    ca: decode(cluster?.['certificate-authority-data']),
    cert: decode(user?.['client-certificate-data']),
    key: decode(user?.['client-key-data']),
  }
}

/** A watch without a version begins with every node as it is. */
function take(nodes: Map<string, Service>, { type, object }: { type: string; object: Node }): void {
  if (type !== 'ADDED' && type !== 'MODIFIED') return
  const now = performance.now()
  const service = nodes.get(object.metadata.name) ?? { outSince: undefined, out: 0 }
  nodes.set(object.metadata.name, service)
  const ready = object.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  const out = object.spec.unschedulable === true || !ready
  if (out) service.outSince ??= now
  else if (service.outSince !== undefined) {
    service.out += now - service.outSince
    service.outSince = undefined
  }
}

function seconds(nodes: Map<string, Service>): Record<string, number> {
  const now = performance.now()
  return Object.fromEntries(
    [...nodes].map(([name, { out, outSince }]) => [
      name,
      (out + (outSince === undefined ? 0 : now - outSince)) / 1000,
    ]),
  )
}
