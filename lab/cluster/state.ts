/** The files that users of a lab read: inventory, key, known hosts, kubeconfig. */
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { IGNORED_PREFLIGHT_ERRORS } from './bootstrap/kubeadm-config.ts'
import { hostKeys, type Machines } from './node/nodes.ts'
import { keyNames } from './keys.ts'
import { inUrl, machinesOf, type LabMachine, type Topology } from './topology.ts'

export async function writeState(machines: Machines, topology: Topology): Promise<void> {
  const { paths } = machines
  await mkdir(paths.state, { recursive: true })
  for (const name of keyNames(topology)) {
    await rm(join(paths.state, name), { force: true })
    await copyFile(join(paths.data, name), join(paths.state, name))
  }
  if (existsSync(kubeconfigOf(machines)))
    await copyFile(kubeconfigOf(machines), join(paths.state, 'kubeconfig'))
  await writeFile(join(paths.state, 'inventory.yaml'), inventory(topology))
  await writeFile(
    join(paths.state, 'known_hosts'),
    machinesOf(topology)
      .map((node) => knownHosts(machines, node))
      .join(''),
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
function knownHosts(machines: Machines, node: LabMachine): string {
  return readFileSync(hostKeys(machines, node), 'utf8')
    .trim()
    .split('\n')
    .map((line) => `${node.host} ${line.split(' ').slice(0, 2).join(' ')}\n`)
    .join('')
}

function inventory(topology: Topology): string {
  const [first] = topology.nodes
  const jump = topology.jumpHosts.map(({ host, sshUser }) => `${sshUser}@${inUrl(host)}`)
  const nodes = topology.nodes.map(({ nodeName, host, role, sshUser }) => ({
    name: nodeName,
    host,
    role,
    ...(sshUser === first?.sshUser ? {} : { user: sshUser }),
  }))
  return stringify({
    cluster: 'lab',
    ssh: { user: first?.sshUser, ...(jump.length > 0 && { jump }) },
    nodes,
    policy: { kubeadm: { ignorePreflightErrors: IGNORED_PREFLIGHT_ERRORS } },
  })
}
