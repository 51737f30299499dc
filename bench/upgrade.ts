import { join } from 'node:path'
import { down, openLab, readTopology, reset, throttle, up, type Lab } from '../lab/cluster/lab.ts'
import { startProber, type Probed } from '../lab/test/prober.ts'
import type { Benchmark } from './benchmark.ts'
import { lossColumns, lossesOf } from './losses.ts'
import { partColumns, partSeconds } from './parts.ts'
import { readRestarts } from './restarts.ts'
import { countSessions, readSessions } from './sessions.ts'
import { table } from './table.ts'
import { contestants, target, type Contestant } from './upgrade-contestants.ts'

const name = 'bench'

type Row = (string | number)[]

/** A whole minor upgrade of the real lab, each contestant on a fresh cluster, with requests all the while. */
export const upgrade: Benchmark = {
  name: 'upgrade',
  about: `The real lab from 1.36.4 to ${target}: the documented commands in a shell loop, in a playbook, and the action.`,
  root: true,
  async run({ repeat, contestants: wanted, bytesPerSecond, say }) {
    await down(name, true)
    const topology = await readTopology(join(import.meta.dirname, '../lab/cluster/topologies/default.yaml'))
    // Slow packages show on the workers; one control plane node takes a third of the time of three.
    const nodes = topology.nodes.filter((node) => bytesPerSecond === 0 || !['cp2', 'cp3'].includes(node.name))
    await up(name, { ...topology, nodes, offered: [target] })
    const rows: Row[] = []
    const parts: Row[] = []
    const lost: Row[] = []
    const failed: string[] = []
    try {
      for (let round = 1; round <= repeat; round++) {
        let byHand: number | undefined
        for (const [contestant, run] of Object.entries(contestants)) {
          if (wanted !== undefined && !wanted.includes(contestant)) continue
          say(`${contestant}, round ${round}`)
          try {
            const played = await playOne(run, bytesPerSecond)
            if (contestant === 'by hand') byHand = played.seconds
            const ratio = byHand === undefined ? '' : (played.seconds / byHand).toFixed(2)
            rows.push([contestant, round, played.seconds, ratio, ...played.measured])
            if (played.parts.length > 0) parts.push([contestant, round, ...played.parts])
            lost.push(...played.lost.map((one) => [contestant, round, ...one]))
            say(table(columns, rows.slice(-1)))
          } catch (error) {
            // The others took half an hour: what they showed is not lost.
            say(String(error))
            failed.push(`${contestant} did not come to its end in round ${round}.`)
          }
        }
      }
    } finally {
      await down(name, true)
    }
    const more = [
      ...section('Where the time went, in seconds:', partColumns, parts),
      ...section(
        'Requests that failed at the API or took more than a second, and what etcd and API servers did within 12 s before (seconds from the first of these requests):',
        lossColumns,
        lost,
      ),
    ]
    return { columns, rows, notes: [...failed, ...notes, ...more] }
  },
}

const columns = [
  'contestant',
  'round',
  'seconds',
  '/ by hand',
  'commands',
  'busy s',
  'CPU s',
  'memory MB',
  'worker out s',
  'control plane out s',
  'API failed',
  'slow',
  'watches failed',
  'slow',
  'web failed',
  'slow',
]

const notes = [
  'Where there are several control plane nodes all of them stop the API server gracefully before kubeadm, as the page of Kubernetes has it for upgrades with a new etcd (20 s), but for the contestant that is named so.',
  'Commands: what the sshds of the nodes ran, one round trip each or more. Busy: at least one of them was under way; the rest of the time is the tool itself and its pauses.',
  "CPU and memory: the contestant's processes on the controller, those that OpenSSH keeps in the background among them.",
  'Out: a node was cordoned or not Ready, the mean of its kind.',
  'Failed, slow (more than a second): of ten requests a second through the load balancer over new connections and ten over kept ones, a watch of all nodes, and ten a second to the web Service.',
]

/** A further table; nothing where there is nothing to tell. */
function section(title: string, columns: readonly string[], rows: readonly Row[]): string[] {
  return rows.length === 0 ? [] : [title, table(['contestant', 'round', ...columns], rows)]
}

interface Played {
  readonly seconds: number
  /** The cells of the first table after the ratio. */
  readonly measured: readonly number[]
  /** Those of the second table. */
  readonly parts: readonly number[]
  /** Those of the third one. */
  readonly lost: readonly (string | number)[][]
}

/** One contestant on a fresh cluster. */
async function playOne(run: Contestant, bytesPerSecond: number): Promise<Played> {
  await reset(name)
  const lab = openLab(name)
  await countSessions(lab)
  await throttle(name, bytesPerSecond)
  const prober = startProber(lab)
  const began = Date.now()
  const { cpu, memory, done } = await run(lab)
  const ended = Date.now()
  const probed = await prober.stop()
  const { commands, busy } = await readSessions(lab, began / 1000, ended / 1000)
  await proveUpgraded(lab)
  const seconds = (ended - began) / 1000
  const out = (role: string): number => {
    const nodes = lab.nodes.filter((node) => node.role === role)
    return nodes.reduce((sum, node) => sum + (probed.outOfService[node.name] ?? 0), 0) / nodes.length
  }
  const megabytes = Math.round(memory / 1e6)
  return {
    seconds: Math.round(seconds),
    measured: [commands, busy, cpu, megabytes, out('worker'), out('control-plane'), ...requests(probed)],
    parts: done.length === 0 ? [] : partSeconds(done, seconds),
    lost: lossesOf(probed, done, await readRestarts(lab, began), began),
  }
}

function requests({ requests }: Probed): number[] {
  const fresh = requests['api, new connections']
  const kept = requests['api, kept connections']
  const watches = requests['api, watches']
  const web = requests.web
  return [
    fresh.failed + kept.failed,
    fresh.slow + kept.slow,
    watches.failed,
    watches.slow,
    web.failed,
    web.slow,
  ]
}

async function proveUpgraded(lab: Lab): Promise<void> {
  const path = '{range .items[*]}{.status.nodeInfo.kubeletVersion} {.spec.unschedulable}{"\\n"}{end}'
  const { stdout } = await lab.kubectl(['get', 'nodes', '-o', `jsonpath=${path}`])
  if (
    stdout
      .trim()
      .split('\n')
      .some((line) => line.trim() !== target)
  )
    throw new Error(`not upgraded:\n${stdout}`)
}
