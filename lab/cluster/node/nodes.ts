/** Nodes as machines: made, booted, stopped, killed, taken back to their golden snapshot. */
import { readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CNI_VERSION } from '../build/binaries.ts'
import { CGROUPS } from '../network/services.ts'
import { signingKeyCommand } from '../packages/repositories.ts'
import { LabError } from '../output.ts'
import { CACHE, HERE, type LabPaths } from '../paths.ts'
import { background, run, sleep } from '../shell.ts'
import { inUrl, type LabMachine, type PackageManager, type Topology } from '../topology.ts'
import { seedFiles, type SeedInput } from './seed.ts'
import { onNode } from './ssh.ts'

const STOP_TIMEOUT_MS = 60_000

export type Bases = Partial<Record<PackageManager, string>>

/** The machine part of a lab: where its nodes' disks are and what they stand on. */
export interface Machines {
  paths: LabPaths
  /** Folder of the disks. */
  disks: string
  /** The node images, by package manager. */
  bases: Bases
}

function image(machines: Machines, node: LabMachine): string {
  return join(machines.disks, `${node.name}.img`)
}

function baseOf({ bases }: Machines, { packageManager }: LabMachine): string {
  const base = bases[packageManager]
  if (base === undefined) throw new LabError(`no node image was made for ${packageManager}`)
  return base
}

/** Makes the node's disk with its identity on it. */
export async function createNode(machines: Machines, input: SeedInput & { etcd: string }): Promise<void> {
  const { node } = input
  const seed = await mkdtemp(join(tmpdir(), 'lab-seed-'))
  try {
    // It is copied over the node's root folder, mode included.
    await chmod(seed, 0o755)
    for (const [path, content] of Object.entries(seedFiles(input))) {
      await mkdir(dirname(join(seed, path)), { recursive: true })
      await writeFile(join(seed, path), content)
    }
    await addKeyring(node, seed)
    if (node.packageManager === 'none') await addPrograms(seed)
    await addEtcd(machines, input, seed)
    await mkdir(machines.disks, { recursive: true })
    const argv = [
      join(HERE, 'node/create.sh'),
      image(machines, node),
      node.disk,
      baseOf(machines, node),
      seed,
      node.sshUser,
    ]
    await run(argv, { what: `making the disk of ${node.name}`, log: consoleLog(machines, node) })
  } finally {
    await rm(seed, { recursive: true, force: true })
  }
}

/** apt wants the key as a file; rpm's programs fetch it from the repository. */
async function addKeyring(node: LabMachine, seed: string): Promise<void> {
  if (node.packageManager !== 'apt' || node.role === 'etcd' || node.role === 'jump') return
  const keyring = join(seed, 'etc/apt/keyrings/kubernetes-apt-keyring.gpg')
  await mkdir(dirname(keyring), { recursive: true })
  const key = signingKeyCommand()
  await run([...key.argv, '--output', keyring], { env: key.env })
}

/** What the page on installing kubeadm puts beside the programs: CNI plugins, and the kubelet's unit files with other paths. */
async function addPrograms(seed: string): Promise<void> {
  await run([join(HERE, 'node/seed-programs.sh'), join(CACHE, 'bin/cni', CNI_VERSION), seed])
}

/** The authority of an external etcd, with a certificate for its members and one for API servers. */
export async function makeEtcdCertificates(machines: Machines, { etcd }: Topology): Promise<void> {
  if (etcd.length === 0) return
  const script = join(HERE, 'node/etcd-certificates.sh')
  await run([script, etcdCertificates(machines), ...etcd.map((member) => member.host)], {
    what: 'making the certificates of etcd',
  })
}

function etcdCertificates(machines: Machines): string {
  return join(machines.disks, 'etcd-certificates')
}

/** What an external etcd needs: the program on its members, the client's certificate on control plane nodes. */
async function addEtcd(
  machines: Machines,
  { node, topology, etcd }: { node: LabMachine; topology: Topology; etcd: string },
  seed: string,
): Promise<void> {
  const use = node.role === 'etcd' ? 'member' : 'client'
  if (topology.etcd.length === 0 || node.role === 'worker' || node.role === 'jump') return
  const members = topology.etcd.map(({ name, host }) => `${name}=https://${inUrl(host)}:2380`).join(',')
  const script = join(HERE, 'node/seed-etcd.sh')
  await run([script, use, etcdCertificates(machines), seed, etcd, node.name, inUrl(node.host), members], {
    what: `preparing ${node.name} for etcd`,
  })
}

export function bootNode(machines: Machines, node: LabMachine): void {
  boot(machines, node, [])
}

/** Boots the node from its golden snapshot, as one of all. */
export function bootGolden(machines: Machines, node: LabMachine): void {
  boot(machines, node, ['golden'])
}

function boot(machines: Machines, node: LabMachine, state: string[]): void {
  const { paths } = machines
  const script = join(HERE, 'node/boot.sh')
  background(
    [script, paths.name, node.name, paths.netns, image(machines, node), baseOf(machines, node), ...state],
    consoleLog(machines, node),
  )
}

/** Cuts the node's power. */
export async function killNode(machines: Machines, node: LabMachine): Promise<void> {
  await run([CGROUPS, 'kill', `${machines.paths.name}/${node.name}`])
}

/** Shuts the node down in an orderly way. */
export async function stopNode(machines: Machines, node: LabMachine): Promise<void> {
  await onNode(machines.paths, node, nodeScript('power-off.sh'))
  const deadline = Date.now() + STOP_TIMEOUT_MS
  while (await nodeRuns(machines.paths, node)) {
    if (Date.now() > deadline) {
      throw new LabError(`${node.name} does not shut down`, {
        log: consoleLog(machines, node),
        next: `npm run lab -- node kill ${node.name} --name ${machines.paths.name}`,
      })
    }
    await sleep(200)
  }
  // What is left is the empty group.
  await killNode(machines, node)
}

export async function nodeRuns(paths: LabPaths, node: LabMachine): Promise<boolean> {
  return Number(await run([CGROUPS, 'count', `${paths.name}/${node.name}`])) > 0
}

/** What makes the boot from the golden snapshot fast; the node is good for nothing else afterwards. */
export async function prepareGolden(machines: Machines, node: LabMachine): Promise<void> {
  await onNode(machines.paths, node, nodeScript('prepare-golden.sh'))
}

function nodeScript(name: string): string {
  return readFileSync(join(HERE, 'node', name), 'utf8')
}

/** Keeps the state of a stopped node as its golden snapshot. */
export async function snapshotNode(machines: Machines, node: LabMachine): Promise<void> {
  await run([join(HERE, 'node/snapshot.sh'), image(machines, node)], {
    what: `taking the snapshot of ${node.name}`,
  })
}

/** The node's public host keys are wanted before its first boot; `create.sh` leaves them beside the disk. */
export function hostKeys(machines: Machines, node: LabMachine): string {
  return image(machines, node).replace(/\.img$/, '.hostkeys')
}

function consoleLog(machines: Machines, node: LabMachine): string {
  return join(machines.paths.logs, `${node.name}.log`)
}
