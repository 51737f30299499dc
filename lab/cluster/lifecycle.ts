/** up, reset, down: each reads as the list of its steps. */
import { existsSync, readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeImage } from './base/image.ts'
import { bootstrap } from './bootstrap/bootstrap.ts'
import { kubectl } from './bootstrap/kubectl.ts'
import { waitUntilReady } from './bootstrap/readiness.ts'
import { buildBinaries, tagOf } from './build/binaries.ts'
import { prepareHost } from './host.ts'
import { buildImages } from './images/images.ts'
import { withLock } from './lock.ts'
import { CGROUPS, removeNetwork, startNetwork, startServices } from './network/services.ts'
import {
  bootGolden,
  bootNode,
  createNode,
  killNode,
  makeEtcdCertificates,
  prepareGolden,
  snapshotNode,
  stopNode,
  type Bases,
  type Machines,
} from './node/nodes.ts'
import { waitForSsh } from './node/ssh.ts'
import { describeError, info, LabError, step } from './output.ts'
import { buildPackages, publish } from './packages/repositories.ts'
import { CACHE, labPaths, requireRunning, type LabPaths } from './paths.ts'
import { disksFolder, readRecord, recipe, requireRecord, writeRecord, type LabRecord } from './record.ts'
import { run } from './shell.ts'
import { makeKeys } from './keys.ts'
import { keepKubeconfig, writeState } from './state.ts'
import { machinesOf, managersOf, type LabMachine, type PackageManager, type Topology } from './topology.ts'

interface Prepared {
  /** The node images. */
  bases: Bases
  /** Of the first version. */
  pauseImage: string
  /** Folder of the first version's etcd. */
  etcd: string
}

/**
 * Builds everything that the versions need, unless it is cached.
 * @param managers package managers of the nodes
 */
export async function prepare(
  versions: readonly string[],
  managers: readonly PackageManager[] = ['apt'],
): Promise<Prepared> {
  await prepareHost(managers)
  return withLock(join(CACHE, 'prepare.lock'), async () => {
    const binaries = await buildBinaries(versions)
    // kube-proxy's image is made of it as well.
    const base = await nodeImage()
    const bases: Bases = { apt: base, none: base }
    for (const manager of managers) bases[manager] = await nodeImage(manager)
    await buildPackages(versions, managers)
    await buildImages(binaries, base)
    const [first] = binaries
    return {
      bases,
      pauseImage: `registry.k8s.io/pause:${tagOf(first?.images ?? [], 'pause')}`,
      etcd: first?.etcd ?? '',
    }
  })
}

/** Brings the lab up; what is up already stays as it is. */
export async function up(name: string, topology: Topology): Promise<void> {
  const paths = labPaths(name)
  const versions = [topology.version, ...topology.offered]
  const managers = managersOf(topology)
  const prepared = await prepare(versions, managers)
  const { bases } = prepared
  await withLock(lockOf(paths), async () => {
    const machines: Machines = { paths, bases, disks: disksFolder(paths, topology) }
    if (await isUp(paths, machines)) {
      await publish(paths.packages, versions, managers)
      info(`lab "${name}" is up`)
      return
    }
    const record: LabRecord = { topology, bases, disks: machines.disks, phase: 'creating' }
    await writeRecord(paths, record)
    await rm(paths.throttle, { force: true })
    await rm(paths.packages, { recursive: true, force: true })
    await publish(paths.packages, versions, managers)
    await twice(async () => {
      await stopEverything(paths)
      await startNetwork(paths, topology)
      await startServices(paths, topology)
      if (!hasGolden(machines)) await makeGolden(machines, topology, prepared)
      await writeState(machines, topology)
      await bootFresh(machines, topology)
    })
    await writeRecord(paths, { ...record, phase: 'ready' })
  })
}

/** Takes every node back to its golden snapshot: the fresh cluster of the starting version. */
export async function reset(name: string): Promise<void> {
  const paths = labPaths(name)
  await withLock(lockOf(paths), async () => {
    const { topology, ...machines } = requireRecord(paths)
    requireRunning(paths)
    await rm(paths.throttle, { force: true })
    await Promise.all(machinesOf(topology).map((node) => killNode({ paths, ...machines }, node)))
    await bootFresh({ paths, ...machines }, topology)
  })
}

/** @param purge also removes the disks, the logs and the key */
export async function down(name: string, purge: boolean): Promise<void> {
  const paths = labPaths(name)
  await withLock(lockOf(paths), async () => {
    await step('stop nodes and services', () => stopEverything(paths))
    await rm(paths.state, { recursive: true, force: true })
    if (purge) await rm(paths.data, { recursive: true, force: true })
    else if (existsSync(paths.data))
      info(`  the disks stay in ${paths.data}, for a fast next "up"; "down --purge" removes them`)
  })
}

/** Adds versions to the repositories and the registry of a running lab. */
export async function offer(name: string, versions: readonly string[]): Promise<void> {
  const paths = labPaths(name)
  const managers = managersOf(requireRecord(paths).topology)
  await prepare(versions, managers)
  await withLock(lockOf(paths), async () => {
    const record = requireRecord(paths)
    const { topology } = record
    topology.offered = [...new Set([...topology.offered, ...versions])].filter(
      (each) => each !== topology.version,
    )
    await publish(paths.packages, [topology.version, ...topology.offered], managers)
    await writeRecord(paths, record)
  })
}

/** One node: off in an orderly way, off at once, or on. */
export async function power(
  name: string,
  nodeName: string,
  action: 'start' | 'stop' | 'kill',
): Promise<void> {
  const paths = labPaths(name)
  const { topology, ...machines } = requireRecord(paths)
  requireRunning(paths)
  const node = nodeNamed(topology, nodeName)
  if (action === 'stop') await stopNode({ paths, ...machines }, node)
  if (action === 'kill') await killNode({ paths, ...machines }, node)
  if (action !== 'start') return
  bootNode({ paths, ...machines }, node)
  await waitForSsh(paths, node)
}

export function nodeNamed(topology: Topology, name: string): LabMachine {
  const machines = machinesOf(topology)
  const node = machines.find((each) => each.name === name)
  if (node) return node
  throw new LabError(`the lab has no node "${name}"`, {
    next: `it has ${machines.map((each) => each.name).join(', ')}`,
  })
}

/** On a machine that is busy with something else, kubeadm's init and join run into timeouts of their own. */
async function twice(bringUp: () => Promise<void>): Promise<void> {
  try {
    await bringUp()
  } catch (error) {
    info(`${describeError(error)}\nonce more from the beginning:`)
    await bringUp()
  }
}

async function makeGolden(machines: Machines, topology: Topology, prepared: Prepared): Promise<void> {
  const { paths } = machines
  await rm(machines.disks, { recursive: true, force: true })
  const all = <T>(work: (node: LabMachine) => Promise<T>): Promise<T[]> =>
    Promise.all(machinesOf(topology).map(work))
  await step('make and boot the nodes', async () => {
    const keys = await makeKeys(paths, topology)
    await makeEtcdCertificates(machines, topology)
    await all((node) => {
      const authorizedKeys = keys(node)
      return createNode(machines, { node, topology, authorizedKeys, ...prepared })
    })
    await writeState(machines, topology)
    await all((node) => {
      bootNode(machines, node)
      return waitForSsh(paths, node)
    })
  })
  await bootstrap(paths, topology, (kubeconfig) => keepKubeconfig(machines, kubeconfig))
  await step('wait until everything is Ready', () => waitUntilReady(paths, topology, 0))
  await step('shut down and keep the golden snapshots', async () => {
    await all((node) => prepareGolden(machines, node))
    await kubectl(paths, topology, [
      '-n',
      'kube-system',
      'delete',
      'lease',
      'kube-controller-manager',
      'kube-scheduler',
    ])
    await Promise.all(topology.nodes.map((node) => stopNode(machines, node)))
    await Promise.all([...topology.etcd, ...topology.jumpHosts].map((node) => stopNode(machines, node)))
    await all((node) => snapshotNode(machines, node))
    await writeFile(goldenMark(machines), recipe(machines.bases))
  })
}

async function bootFresh(machines: Machines, topology: Topology): Promise<void> {
  const since = Date.now()
  let missing = ''
  await step(
    'boot the fresh cluster and wait until it is Ready',
    async () => {
      for (const node of machinesOf(topology)) bootGolden(machines, node)
      await waitUntilReady(machines.paths, topology, since, (what) => (missing = what))
    },
    () => missing,
  )
}

/** Everything of a lab, whatever state it is in, ends with the processes in its cgroup; the mounts are theirs. */
async function stopEverything(paths: LabPaths): Promise<void> {
  await run([CGROUPS, 'kill', paths.name])
  await removeNetwork(paths)
}

async function isUp(paths: LabPaths, machines: Machines): Promise<boolean> {
  const record = readRecord(paths)
  if (record?.phase !== 'ready' || !existsSync(paths.netns)) return false
  if (record.disks === machines.disks) return hasGolden(machines)
  if (Number(await run([CGROUPS, 'count', paths.name])) === 0) return false
  throw new LabError(
    `lab "${paths.name}" runs another cluster (${record.topology.version}, ${record.topology.nodes.length} nodes)`,
    {
      next: `npm run lab -- down --name ${paths.name}, or give the new one a name of its own`,
    },
  )
}

function hasGolden(machines: Machines): boolean {
  const mark = goldenMark(machines)
  return existsSync(mark) && readFileSync(mark, 'utf8') === recipe(machines.bases)
}

function goldenMark(machines: Machines): string {
  return join(machines.disks, 'golden')
}

/** Not in the lab's own folder, which `down --purge` removes. */
function lockOf(paths: LabPaths): string {
  return `${paths.data}.lock`
}
