import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { down, openLab, readTopology, reset, throttle, up, type Lab } from '../lab/cluster/lab.ts'
import { runAction } from '../lab/test/action.ts'
import { startProber, type Probed } from '../lab/test/prober.ts'
import { probeTable } from '../lab/test/tables.ts'
import { ansibleFolder } from './ansible.ts'
import type { Benchmark } from './benchmark.ts'

const target = 'v1.37.1'
const name = 'bench'

type Contestant = (lab: Lab) => Promise<void>

const contestants: Readonly<Record<string, Contestant>> = {
  'by hand': byHand,
  ansible: (lab) => ansible(lab, false),
  'ansible, pipelining': (lab) => ansible(lab, true),
  action,
}

/** A whole minor upgrade of the real lab, each contestant on a fresh cluster, with requests all the while. */
export const upgrade: Benchmark = {
  name: 'upgrade',
  about: `The real 3+2 lab from 1.36.4 to ${target}: the documented commands in a shell loop, in a playbook, and the action.`,
  root: true,
  async run({ repeat, contestants: wanted, bytesPerSecond, say }) {
    await down(name, true)
    const topology = await readTopology(join(import.meta.dirname, '../lab/cluster/topologies/default.yaml'))
    await up(name, { ...topology, offered: [target] })
    const rows = []
    try {
      for (let round = 0; round < repeat; round++)
        for (const [contestant, run] of Object.entries(contestants)) {
          if (wanted !== undefined && !wanted.includes(contestant)) continue
          await reset(name)
          const lab = openLab(name)
          await throttle(name, bytesPerSecond)
          say(`${contestant}, round ${round + 1}`)
          const prober = startProber(lab)
          const began = performance.now()
          await run(lab)
          const seconds = Math.round((performance.now() - began) / 1000)
          await proveUpgraded(lab)
          rows.push([contestant, round + 1, seconds, ...requests(await prober.stop(), say)])
        }
    } finally {
      await down(name, true)
    }
    return {
      columns: [
        'contestant',
        'round',
        'seconds',
        'API new: asked',
        'failed',
        'slow',
        'API kept: failed',
        'slow',
        'web: failed',
        'slow',
      ],
      rows,
      notes: ['Slow: answered after more than a second. Ten requests a second of each kind.'],
    }
  },
}

function requests(probed: Probed, say: (text: string) => void): number[] {
  say(probeTable(probed))
  const fresh = probed['api, new connections']
  const kept = probed['api, kept connections']
  return [fresh.asked, fresh.failed, fresh.slow, kept.failed, kept.slow, probed.web.failed, probed.web.slow]
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

async function action(lab: Lab): Promise<void> {
  for (const phase of ['plan', 'control-plane', 'workers', 'verify']) {
    const result = await runAction(lab, phase, { inputs: { version: target } })
    if (result.code !== 0) throw new Error(result.log.slice(-5000))
  }
}

function byHand(lab: Lab): Promise<void> {
  const list = (role: string): string =>
    lab.nodes.flatMap((node) => (node.role === role ? [`${node.name}=${node.host}`] : [])).join(' ')
  const script = join(import.meta.dirname, 'contestants/by-hand.sh')
  return command(lab, ['sh', script, lab.stateDir, target, list('control-plane'), list('worker')])
}

function ansible(lab: Lab, pipelining: boolean): Promise<void> {
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
  const variables = JSON.stringify({ version: target, minor: target.replace(/\.\d+$/, '') })
  const program = join(ansibleFolder(), 'bin/ansible-playbook')
  return command(lab, [program, '-i', join(folder, 'inventory.ini'), '-e', variables, playbook], {
    ANSIBLE_PIPELINING: String(pipelining),
    ANSIBLE_NOCOWS: '1',
  })
}

/** Runs a contestant in the lab's network; its last words are in the error when it fails. */
async function command(lab: Lab, argv: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const [program = '', ...args] = [...lab.inNetwork, ...argv]
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}:\n${output.slice(-5000)}`)
}
