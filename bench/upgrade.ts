import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { down, openLab, readTopology, reset, throttle, up, type Lab } from '../lab/cluster/lab.ts'
import { runAction } from '../lab/test/action.ts'
import { startProber, type Probed } from '../lab/test/prober.ts'
import { nodeTable, probeTable } from '../lab/test/tables.ts'
import { ansibleFolder } from './ansible.ts'
import type { Benchmark } from './benchmark.ts'
import { measure, type Measured } from './measure.ts'
import { countSessions, readSessions } from './sessions.ts'
import type { Usage } from './usage.ts'

const target = 'v1.37.1'
const name = 'bench'

/** Seconds between the graceful stop of an API server and kubeadm, as the page of Kubernetes has it; none where no other takes over. */
const stopOf = ({ nodes }: Lab): number =>
  nodes.filter(({ role }) => role === 'control-plane').length > 1 ? 20 : 0

/** Upgrades the lab; what its processes on the controller used. */
type Contestant = (lab: Lab, say: (text: string) => void) => Promise<Usage>

const contestants: Readonly<Record<string, Contestant>> = {
  'by hand': (lab, say) => byHand(lab, say, stopOf(lab)),
  ansible: (lab) => ansible(lab, false),
  'ansible, pipelining': (lab) => ansible(lab, true),
  action,
  'by hand, API server not stopped': (lab, say) => byHand(lab, say, 0),
}

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
    const rows: (string | number)[][] = []
    const failed: string[] = []
    try {
      for (let round = 1; round <= repeat; round++) {
        let byHand: number | undefined
        for (const [contestant, run] of Object.entries(contestants)) {
          if (wanted !== undefined && !wanted.includes(contestant)) continue
          say(`${contestant}, round ${round}`)
          try {
            const measured = await playOne(run, bytesPerSecond, say)
            if (contestant === 'by hand') byHand = measured.seconds
            const ratio = byHand === undefined ? '' : (measured.seconds / byHand).toFixed(2)
            rows.push([contestant, round, measured.seconds, ratio, ...measured.rest])
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
    return { columns, rows, notes: [...failed, ...notes] }
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

/** One contestant on a fresh cluster. */
async function playOne(
  run: Contestant,
  bytesPerSecond: number,
  say: (text: string) => void,
): Promise<{ seconds: number; rest: number[] }> {
  await reset(name)
  const lab = openLab(name)
  await countSessions(lab)
  await throttle(name, bytesPerSecond)
  const prober = startProber(lab)
  const began = Date.now() / 1000
  const { cpu, memory } = await run(lab, say)
  const ended = Date.now() / 1000
  const probed = await prober.stop()
  const { commands, busy } = await readSessions(lab, began, ended)
  await proveUpgraded(lab)
  say(probeTable(probed))
  const out = (role: string): number => {
    const seconds = lab.nodes
      .filter((node) => node.role === role)
      .map((node) => probed.outOfService[node.name] ?? 0)
    return seconds.reduce((sum, one) => sum + one, 0) / seconds.length
  }
  const rest = [
    commands,
    busy,
    cpu,
    Math.round(memory / 1e6),
    out('worker'),
    out('control-plane'),
    ...requests(probed),
  ]
  return { seconds: Math.round(ended - began), rest }
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

async function action(lab: Lab, say: (text: string) => void): Promise<Usage> {
  const used: Usage[] = []
  const file = join(lab.stateDir, 'usage.json')
  const env = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'usage.ts')}`, BENCH_USAGE: file }
  for (const phase of ['plan', 'control-plane', 'workers', 'verify']) {
    const began = performance.now()
    const result = await runAction(lab, phase, { inputs: { version: target }, env })
    say(`${phase} ${((performance.now() - began) / 1000).toFixed(1)} s\n${nodeTable(result)}`)
    if (result.code !== 0) throw new Error(result.log.slice(-5000))
    used.push(JSON.parse(readFileSync(file, 'utf8')) as Usage)
  }
  return {
    cpu: used.reduce((sum, { cpu }) => sum + cpu, 0),
    memory: Math.max(...used.map(({ memory }) => memory)),
  }
}

async function byHand(lab: Lab, say: (text: string) => void, stop: number): Promise<Usage> {
  const list = (role: string): string =>
    lab.nodes.flatMap((node) => (node.role === role ? [`${node.name}=${node.host}`] : [])).join(' ')
  const script = join(import.meta.dirname, 'contestants/by-hand.sh')
  const argv = [script, lab.stateDir, target, list('control-plane'), list('worker'), String(stop)]
  const measured = await command(lab, ['sh', ...argv])
  say(measured.output.match(/^\[\d+\] .*$/gm)?.join('\n') ?? '')
  return measured
}

function ansible(lab: Lab, pipelining: boolean): Promise<Usage> {
  const folder = join(lab.stateDir, 'ansible')
  mkdirSync(folder, { recursive: true })
  const hosts = (role: string): string =>
    lab.nodes
      .flatMap((node) => (node.role === role ? [`${node.name} ansible_host=${node.host}`] : []))
      .join('\n')
  const ssh = `-o StrictHostKeyChecking=yes -o UserKnownHostsFile=${lab.stateDir}/known_hosts -o ControlMaster=auto -o ControlPersist=60s`
  writeFileSync(
    join(folder, 'inventory.ini'),
    `[control_planes]\n${hosts('control-plane')}\n[workers]\n${hosts('worker')}\n[all:vars]\nansible_user=root\nansible_ssh_private_key_file=${lab.stateDir}/id_ed25519\nansible_ssh_common_args=${ssh}\n`,
  )
  const playbook = join(import.meta.dirname, 'contestants/playbook.yml')
  const variables = JSON.stringify({
    version: target,
    minor: target.replace(/\.\d+$/, ''),
    stop: stopOf(lab),
  })
  const program = join(ansibleFolder(), 'bin/ansible-playbook')
  return command(lab, [program, '-i', join(folder, 'inventory.ini'), '-e', variables, playbook], {
    ANSIBLE_PIPELINING: String(pipelining),
  })
}

function command(lab: Lab, argv: readonly string[], env: Record<string, string> = {}): Promise<Measured> {
  return measure({ inNetwork: lab.inNetwork, folder: lab.stateDir }, argv, env)
}
