import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { systemClock } from '../src/clock.ts'
import { createConnector } from '../src/ssh/connection.ts'
import { readPrivateKey } from '../src/ssh/keys.ts'
import { parseKnownHosts } from '../src/ssh/known-hosts.ts'
import type { Remote } from '../src/ssh/remote.ts'

/** The nodes of a folder with inventory.yaml, known_hosts and id_ed25519, by the action's own connections. */
export function remotesOf(folder: string): Remote[] {
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
  const { nodes } = parse(read('inventory.yaml')) as { nodes: { name: string; host: string; port: number }[] }
  const connector = createConnector({
    clock: systemClock,
    knownHosts: parseKnownHosts(read('known_hosts')).hosts,
    privateKey: readPrivateKey(read('id_ed25519'), undefined),
  })
  return nodes.map(({ name, host, port }) => connector.remote({ node: name, host, port, user: 'root' }))
}
