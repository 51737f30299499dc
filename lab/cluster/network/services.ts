/** What runs on the lab's bridge beside the nodes: package server, registry, load balancer. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REGISTRY_STORAGE } from '../images/images.ts'
import { LabError, step } from '../output.ts'
import { HERE, inNetwork, type LabPaths } from '../paths.ts'
import { attempt, background, run, sleep } from '../shell.ts'
import { BRIDGE_ADDRESS, type Topology } from '../topology.ts'
import { haproxyConfig, STATISTICS_PORT } from './haproxy.ts'

const REGISTRY_PORT = 5000
const NETWORK = join(HERE, 'network/network.sh')
export const CGROUPS = join(HERE, 'node/cgroups.sh')

export async function startNetwork(paths: LabPaths, topology: Topology): Promise<void> {
  const routes = topology.nodes.flatMap((node) => [node.podSubnet, node.host])
  await run([NETWORK, 'up', netnsName(paths), ...routes], { what: 'making the network namespace' })
}

export async function removeNetwork(paths: LabPaths): Promise<void> {
  await run([NETWORK, 'down', netnsName(paths)])
}

function netnsName(paths: LabPaths): string {
  return paths.netns.slice('/run/netns/'.length)
}

export async function startServices(paths: LabPaths, topology: Topology): Promise<void> {
  const config = join(paths.data, 'haproxy.cfg')
  await mkdir(paths.packages, { recursive: true })
  await writeFile(config, haproxyConfig(topology))
  await step('start package server, registry and HAProxy', async () => {
    const packageServer = join(HERE, 'network/package-server.ts')
    start(paths, 'packages', [
      process.execPath,
      packageServer,
      paths.packages,
      paths.throttle,
      BRIDGE_ADDRESS,
      '80',
    ])
    start(paths, 'registry', [
      ...['env', `REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=${REGISTRY_STORAGE}`],
      ...['docker-registry', 'serve', join(HERE, 'network/registry.yml')],
    ])
    start(paths, 'haproxy', ['haproxy', '-db', '-f', config])
    await answers(paths, 'packages', `http://${BRIDGE_ADDRESS}/`, '404')
    await answers(paths, 'registry', `http://${BRIDGE_ADDRESS}:${REGISTRY_PORT}/v2/`, '200')
    await answers(paths, 'haproxy', `http://${BRIDGE_ADDRESS}:${STATISTICS_PORT}/`, '200')
  })
}

function start(paths: LabPaths, name: string, argv: string[]): void {
  background(
    [CGROUPS, 'run', `${paths.name}/services`, ...inNetwork(paths), ...argv],
    join(paths.logs, `${name}.log`),
  )
}

async function answers(paths: LabPaths, name: string, url: string, status: string): Promise<void> {
  const curl = ['curl', '-s', '-o', '/dev/null', '-w', '%{http_code}', '--max-time', '2', url]
  for (let attempts = 0; attempts < 100; attempts++) {
    if ((await attempt([...inNetwork(paths), ...curl])).stdout === status) return
    await sleep(100)
  }
  throw new LabError(`the service "${name}" does not answer ${status} on ${url}`, {
    log: join(paths.logs, `${name}.log`),
  })
}
