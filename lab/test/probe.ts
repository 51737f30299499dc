/**
 * `node probe.ts API WEB KUBECONFIG`: asks both ten times a second, and watches the nodes, until stdin closes; then prints
 * Probed as JSON. Runs inside the lab's network. At most two hours.
 */
import { Agent, request as https } from 'node:https'
import { Agent as PlainAgent, request as http } from 'node:http'
import { note } from './failures.ts'
import type { Counts, Probed } from './prober.ts'
import { userOf, watchNodes } from './watch-nodes.ts'

const [api = '', web = '', kubeconfig = ''] = process.argv.slice(2)
const interval = 100
const slowMs = 1000
const lostMs = 5000

// The lab's CA is not this process's business: only whether the API server answers is asked.
const options = { rejectUnauthorized: false, timeout: lostMs }
const kept = new Agent({ ...options, keepAlive: true, maxSockets: 4 })
const { cert, key } = userOf(kubeconfig)
const fresh = (): Agent => new Agent({ ...options, cert, key, keepAlive: false })

const counts = (): Counts => ({ asked: 0, failed: 0, slow: 0, spans: [] })
const requests: Probed['requests'] = {
  'api, new connections': counts(),
  'api, kept connections': counts(),
  'api, watches': counts(),
  web: counts(),
}
const nodes = watchNodes(kubeconfig, requests['api, watches'])

function ask(into: Counts, url: string, agent: Agent | PlainAgent): void {
  const started = Date.now()
  into.asked++
  const fail = (why: string): void => {
    into.failed++
    note(into.spans, started, why)
  }
  let done = false
  const end = (why?: string): void => {
    if (done) return
    done = true
    clearTimeout(timer)
    if (why !== undefined) fail(why)
    else if (Date.now() - started > slowMs) {
      into.slow++
      note(into.spans, started, 'slow')
    }
  }
  const send = url.startsWith('https') ? https : http
  const request = send(url, { agent }, (response) => {
    response.on('end', () =>
      end((response.statusCode ?? 500) >= 400 ? `status ${response.statusCode ?? ''}` : undefined),
    )
    response.on('error', (error) => end(error.message))
    response.resume()
  })
  request.on('error', (error) => end(error.message))
  const timer = setTimeout(() => {
    end(`no answer within ${lostMs} ms`)
    request.destroy()
  }, lostMs)
  request.end()
}

// A client's ordinary read, which the API server answers from etcd, and one that needs neither credentials nor etcd.
const ticker = setInterval(() => {
  ask(requests['api, new connections'], `${api}/api/v1/namespaces/default`, fresh())
  ask(requests['api, kept connections'], `${api}/version`, kept)
  ask(requests.web, web, new PlainAgent({ keepAlive: false }))
}, interval)

function finish(): void {
  clearInterval(ticker)
  setTimeout(() => {
    const probed: Probed = { requests, outOfService: nodes.outOfService() }
    process.stdout.write(JSON.stringify(probed))
    process.exit()
  }, lostMs + 200)
}
process.stdin.on('end', finish)
process.stdin.resume()
setTimeout(finish, 7_200_000).unref()
