/** The files that users of a lab read: inventory, key, known hosts, kubeconfig. */
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { IGNORED_PREFLIGHT_ERRORS } from './bootstrap/kubeadm-config.ts'
import { hostKeys, type Machines } from './node/nodes.ts'
import type { LabPaths } from './paths.ts'
import { run } from './shell.ts'
import type { Topology } from './topology.ts'

/** Makes the lab's key pair once. @returns the public key */
export async function keyPair(paths: LabPaths): Promise<string> {
  const key = join(paths.data, 'id_ed25519')
  await mkdir(paths.data, { recursive: true })
  if (!existsSync(key))
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', `lab ${paths.name}`, '-f', key])
  return readFileSync(`${key}.pub`, 'utf8')
}

export async function writeState(machines: Machines, topology: Topology): Promise<void> {
  const { paths } = machines
  await mkdir(paths.state, { recursive: true })
  await rm(join(paths.state, 'id_ed25519'), { force: true })
  await copyFile(join(paths.data, 'id_ed25519'), join(paths.state, 'id_ed25519'))
  if (existsSync(kubeconfigOf(machines)))
    await copyFile(kubeconfigOf(machines), join(paths.state, 'kubeconfig'))
  await writeFile(join(paths.state, 'inventory.yaml'), inventory(topology))
  await writeFile(
    join(paths.state, 'known_hosts'),
    topology.nodes.map((node) => knownHosts(machines, node)).join(''),
  )
}

/** The administrator's kubeconfig belongs to the certificates on the disks. */
function kubeconfigOf(machines: Machines): string {
  return join(machines.disks, 'admin.conf')
}

export async function keepKubeconfig(machines: Machines, kubeconfig: string): Promise<void> {
  await writeFile(kubeconfigOf(machines), kubeconfig, { mode: 0o600 })
  await copyFile(kubeconfigOf(machines), join(machines.paths.state, 'kubeconfig'))
}

/** The keys were made with the disk, so nobody has to trust a first connection. */
function knownHosts(machines: Machines, node: Topology['nodes'][number]): string {
  return readFileSync(hostKeys(machines, node), 'utf8')
    .trim()
    .split('\n')
    .map((line) => `${node.host} ${line.split(' ').slice(0, 2).join(' ')}\n`)
    .join('')
}

function inventory(topology: Topology): string {
  const [first] = topology.nodes
  const nodes = topology.nodes.map(({ name, host, role, sshUser }) => ({
    name,
    host,
    role,
    ...(sshUser === first?.sshUser ? {} : { user: sshUser }),
  }))
  return stringify({
    cluster: 'lab',
    ssh: { user: first?.sshUser },
    nodes,
    policy: { kubeadm: { ignorePreflightErrors: IGNORED_PREFLIGHT_ERRORS } },
  })
}
