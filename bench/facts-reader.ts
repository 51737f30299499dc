/** `node facts-reader.ts FOLDER`: reads the facts of all nodes of a recorded cluster with the action's own code, and nothing else. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { parse } from 'yaml'
import { systemClock } from '../src/clock.ts'
import { readFacts } from '../src/node/facts.ts'
import { createConnector } from '../src/ssh/connection.ts'
import { readPrivateKey } from '../src/ssh/keys.ts'
import { parseKnownHosts } from '../src/ssh/known-hosts.ts'

const [folder = ''] = process.argv.slice(2)
const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
const { nodes } = parse(read('inventory.yaml')) as { nodes: { name: string; host: string; port: number }[] }
const began = performance.now()
const connector = createConnector({
  clock: systemClock,
  knownHosts: parseKnownHosts(read('known_hosts')).hosts,
  privateKey: readPrivateKey(read('id_ed25519'), undefined),
})
const limit = pLimit(40)
const facts = await Promise.all(
  nodes.map(({ name, host, port }) =>
    limit(() => readFacts(connector.remote({ node: name, host, port, user: 'root' }))),
  ),
)
if (facts.some((one) => one.packages.size === 0)) throw new Error('facts without packages')
console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000 }))
process.exit()
