/**
 * The lab for tests: everything the command line does, as functions.
 *
 *     await up('mytest', await readTopology('lab/cluster/topologies/default.yaml'))
 *     const lab = openLab('mytest')
 *     await lab.exec(['curl', '-sk', lab.endpoint + '/readyz'])
 *     await lab.ssh('cp1', 'systemctl is-active kubelet')
 *     await reset('mytest')
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { kubectlCommand, tryKubectl } from './bootstrap/kubectl.ts'
import { WEB_PORT } from './network/haproxy.ts'
import { nodeNamed } from './lifecycle.ts'
import { rootShell, sshCommand } from './node/ssh.ts'
import { inNetwork, labPaths, requireRunning } from './paths.ts'
import { requireRecord } from './record.ts'
import { attempt, type Result, type RunOptions } from './shell.ts'
import { BRIDGE_ADDRESS, endpoint, parseTopology, type LabNode, type Topology } from './topology.ts'

export { down, offer, power, prepare, reset, up } from './lifecycle.ts'
export { status } from './status.ts'
export { LabError } from './output.ts'
export type { LabNode, Result, Topology }

export interface Lab {
  name: string
  /** Folder with inventory.yaml, id_ed25519 and known_hosts. */
  stateDir: string
  nodes: LabNode[]
  /** The API, such as https://10.200.0.1:6443. */
  endpoint: string
  /** The demo web service, such as http://10.200.0.1:8080/. */
  web: string
  /** Path of the network namespace. */
  netns: string
  /** Command prefix that runs what follows inside the lab's network. */
  inNetwork: string[]
  /** Runs a program inside the lab's network, to its end, whatever its exit code. */
  exec(argv: readonly string[], options?: RunOptions): Promise<Result>
  /** Runs a shell script as root on a node (through sudo where the lab's user is not root). */
  ssh(node: string, script: string): Promise<Result>
  /** Command prefix of kubectl as cluster administrator. */
  kubectlCommand: string[]
  /** Runs kubectl as cluster administrator against the endpoint. */
  kubectl(args: readonly string[], input?: string): Promise<Result>
}

/** Opens a lab that is up. */
export function openLab(name = 'default'): Lab {
  const paths = labPaths(name)
  const { topology } = requireRecord(paths)
  requireRunning(paths)
  const prefix = inNetwork(paths)
  const ssh = (node: string, script: string): Promise<Result> => {
    const target = nodeNamed(topology, node)
    return attempt([...sshCommand(paths, target), rootShell(target)], { input: script })
  }
  return {
    name,
    stateDir: paths.state,
    nodes: topology.nodes,
    endpoint: `https://${endpoint(topology)}`,
    web: `http://${BRIDGE_ADDRESS}:${WEB_PORT}/`,
    netns: paths.netns,
    inNetwork: prefix,
    exec: (argv, options) => attempt([...prefix, ...argv], options),
    ssh,
    kubectl: (args, input) => tryKubectl(paths, topology, args, input),
    kubectlCommand: kubectlCommand(paths, topology),
  }
}

/** @param version replaces the version in the file */
export async function readTopology(file: string, version?: string): Promise<Topology> {
  return parseTopology(await readFile(file, 'utf8'), file, version)
}

/** Limits what the package server sends, over all connections. @param bytesPerSecond 0 takes the limit away */
export async function throttle(name: string, bytesPerSecond: number): Promise<void> {
  const paths = labPaths(name)
  requireRunning(paths)
  if (bytesPerSecond === 0) await rm(paths.throttle, { force: true })
  else await writeFile(paths.throttle, String(bytesPerSecond))
}
