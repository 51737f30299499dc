/**
 * The package server: static files over HTTP, as fast as the throttle file allows.
 *
 *     node package-server.ts ROOT THROTTLE_FILE ADDRESS PORT
 *
 * All connections share the limit, which is read again four times a second.
 */
import { createReadStream, readFileSync, statSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join, normalize } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const [root = '', throttleFile = '', address = '', port = ''] = process.argv.slice(2)
const TICK_MS = 50

/** Bytes that may still be sent in this tick; Infinity without a limit. */
let budget = Infinity
let rate = Infinity
const waiting: (() => void)[] = []

setInterval(() => (rate = readRate()), 250)
setInterval(() => {
  budget = (rate * TICK_MS) / 1000
  for (const resume of waiting.splice(0)) resume()
}, TICK_MS)

function readRate(): number {
  try {
    return Number(readFileSync(throttleFile, 'utf8')) || Infinity
  } catch {
    return Infinity
  }
}

async function allowance(wanted: number): Promise<number> {
  while (budget < 1) await new Promise<void>((resolve) => waiting.push(resolve))
  const granted = Math.min(wanted, Math.ceil(budget))
  budget -= granted
  return granted
}

function throttle(): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      void (async () => {
        for (let sent = 0; sent < chunk.length;) {
          const length = await allowance(chunk.length - sent)
          this.push(chunk.subarray(sent, sent + length))
          sent += length
        }
        done()
      })()
    },
  })
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = join(root, normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://lab').pathname)))
  const file = statSync(path, { throwIfNoEntry: false })
  if (!file?.isFile()) {
    response.writeHead(404).end('not found\n')
    return
  }
  const modified = new Date(Math.floor(file.mtimeMs / 1000) * 1000)
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  if (since >= modified.getTime()) {
    response.writeHead(304).end()
    return
  }
  // apt goes on with a partial file this way.
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (start > 0 && start >= file.size) {
    response.writeHead(416, { 'Content-Range': `bytes */${file.size}` }).end()
    return
  }
  response.writeHead(start > 0 ? 206 : 200, {
    'Accept-Ranges': 'bytes',
    'Content-Length': file.size - start,
    'Last-Modified': modified.toUTCString(),
    ...(start > 0 ? { 'Content-Range': `bytes ${start}-${file.size - 1}/${file.size}` } : {}),
  })
  if (request.method === 'HEAD') response.end()
  else await pipeline(createReadStream(path, { start }), throttle(), response)
}

createServer((request, response) => {
  // A client that goes away in the middle is no reason to end.
  answer(request, response).catch(() => response.destroy())
}).listen(Number(port), address)
