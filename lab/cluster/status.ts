/** What a person wants to see of a lab. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubectl } from './bootstrap/kubectl.ts'
import { WEB_PORT } from './network/haproxy.ts'
import { nodeRuns } from './node/nodes.ts'
import { CACHE, inNetwork, labPaths, type LabPaths } from './paths.ts'
import { requireRecord } from './record.ts'
import { attempt } from './shell.ts'
import { BRIDGE_ADDRESS, endpoint, machinesOf, type Topology } from './topology.ts'

export async function status(name: string): Promise<string> {
  const paths = labPaths(name)
  const { topology, disks } = requireRecord(paths)
  if (!existsSync(paths.netns)) return `lab "${name}" is down; its disks are in ${disks}\n`
  const curl = [...inNetwork(paths), 'curl', '-sk', '--max-time', '3']
  const [nodes, readyz, web, sizes] = await Promise.all([
    nodeTable(paths, topology),
    attempt([...curl, `https://${endpoint(topology)}/readyz`]),
    attempt([...curl, `http://${BRIDGE_ADDRESS}:${WEB_PORT}/`]),
    attempt([
      'du',
      '-sh',
      ...machinesOf(topology).map((node) => join(disks, `${node.name}.img`)),
      paths.data,
      CACHE,
    ]),
  ])
  const throttle = existsSync(paths.throttle) ? `${readFileSync(paths.throttle, 'utf8')} bytes/s` : 'off'
  return [
    `lab        ${name}, started with ${topology.version}, offers ${[topology.version, ...topology.offered].join(', ')}`,
    `endpoint   https://${endpoint(topology)} (${topology.loadBalancer === 'haproxy' ? 'HAProxy' : 'first control plane node'}): ${readyz.stdout || 'no answer'}`,
    `web        http://${BRIDGE_ADDRESS}:${WEB_PORT}/: ${web.stdout.trim() || 'no answer'}`,
    `throttle   ${throttle}`,
    `files      ${paths.state}/{inventory.yaml,id_ed25519,known_hosts}`,
    `logs       ${paths.logs}`,
    '',
    nodes,
    '',
    sizes.stdout,
  ].join('\n')
}

interface NodeObject {
  metadata: { name: string }
  spec: { unschedulable?: boolean }
  status: { conditions: { type: string; status: string }[]; nodeInfo: { kubeletVersion: string } }
}

async function nodeTable(paths: LabPaths, topology: Topology): Promise<string> {
  const objects = await kubectl(paths, topology, ['get', 'nodes', '-o', 'json'])
    .then((text) => (JSON.parse(text) as { items: NodeObject[] }).items)
    .catch(() => [])
  const rows = await Promise.all(
    machinesOf(topology).map(async (node) => {
      const named = 'nodeName' in node ? node.nodeName : undefined
      const object = objects.find((each) => each.metadata.name === named)
      const ready = object?.status.conditions.find((each) => each.type === 'Ready')?.status === 'True'
      const power = (await nodeRuns(paths, node)) ? 'on' : 'off'
      const state = object
        ? `${ready ? 'Ready' : 'NotReady'}${object.spec.unschedulable ? ',cordoned' : ''}`
        : 'unknown'
      return [
        node.name,
        node.role,
        node.host,
        node.sshUser,
        power,
        object?.status.nodeInfo.kubeletVersion ?? '-',
        state,
      ]
    }),
  )
  return table([['NODE', 'ROLE', 'ADDRESS', 'USER', 'POWER', 'KUBELET', 'STATE'], ...rows])
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
