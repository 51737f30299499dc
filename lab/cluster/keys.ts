/** Who may log in where. The lab itself reaches every machine; others come through the jump hosts, each with a key of its own. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabPaths } from './paths.ts'
import { run } from './shell.ts'
import type { LabMachine, Topology } from './topology.ts'

/** Names of the private keys in the lab's folder: the lab's own, and with jump hosts one for each of them and one for the nodes. */
export function keyNames({ jumpHosts }: Topology): string[] {
  const others = jumpHosts.length === 0 ? [] : [...jumpHosts.map(({ name }) => keyOf(name)), keyOf('nodes')]
  return [labKey, ...others]
}

const labKey = 'id_ed25519'

function keyOf(what: string): string {
  return `id_${what}`
}

/** Makes the key pairs that are missing. @returns the authorized_keys of a machine */
export async function makeKeys(
  paths: LabPaths,
  topology: Topology,
): Promise<(machine: LabMachine) => string> {
  await mkdir(paths.data, { recursive: true })
  for (const name of keyNames(topology)) {
    const key = join(paths.data, name)
    if (!existsSync(key))
      await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `lab ${paths.name} ${name}`, '-f', key])
  }
  const publicKey = (name: string): string => readFileSync(`${join(paths.data, name)}.pub`, 'utf8')
  return (machine) => publicKey(labKey) + throughJumpHosts(topology, machine, publicKey)
}

/** Accepted from the jump host before it, and from nowhere else: so nobody who uses these keys gets past one. */
function throughJumpHosts(
  { jumpHosts }: Topology,
  machine: LabMachine,
  publicKey: (name: string) => string,
): string {
  if (jumpHosts.length === 0 || machine.role === 'etcd') return ''
  const at = jumpHosts.findIndex(({ name }) => name === machine.name)
  const before = at < 0 ? jumpHosts.at(-1) : jumpHosts[at - 1]
  const from = before === undefined ? '' : `from="${before.host}" `
  return from + publicKey(keyOf(at < 0 ? 'nodes' : machine.name))
}
