import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Lab } from '../lab/cluster/lab.ts'
import { STATISTICS_PORT } from '../lab/cluster/network/haproxy.ts'
import { BRIDGE_ADDRESS } from '../lab/cluster/topology.ts'
import { runAction } from '../lab/test/action.ts'
import { ansibleFolder } from './ansible.ts'
import { measure, type Measured } from './measure.ts'
import { partsOfLoop, partsOfReport, type Done } from './parts.ts'
import type { Usage } from './usage.ts'

/** Version that all of them upgrade to. */
export const target = 'v1.37.1'

/** What a contestant's processes on the controller used, and what it says it did when. */
export interface Upgraded extends Usage {
  readonly done: readonly Done[]
}

/** Upgrades the lab. */
export type Contestant = (lab: Lab) => Promise<Upgraded>

/** In the order in which they are played. */
export const contestants: Readonly<Record<string, Contestant>> = {
  'by hand': (lab) => byHand(lab, stopOf(lab)),
  ansible: (lab) => ansible(lab, false),
  'ansible, pipelining': (lab) => ansible(lab, true),
  action: (lab) => action(lab),
  'by hand, API server not stopped': (lab) => byHand(lab, 0),
  'action, load balancer told': (lab) => action(lab, toldBalancer),
}

/** Seconds between the graceful stop of an API server and kubeadm, as the page of Kubernetes has it; none where no other takes over. */
const stopOf = ({ nodes }: Lab): number =>
  nodes.filter(({ role }) => role === 'control-plane').length > 1 ? 20 : 0

/** Has HAProxy, on its page of statistics, do something to the node of a hook; workers are not behind it. */
const tellBalancer = (what: string): string =>
  `case $KUBEADM_UPGRADE_NODE in cp*) curl -fsS -o /dev/null -w '%{redirect_url}' -d "s=$KUBEADM_UPGRADE_NODE&action=${what}&b=apiservers" http://${BRIDGE_ADDRESS}:${STATISTICS_PORT}/ | grep 'st=DONE' ;; esac`

/** A control plane node gets no new connections from the load balancer during its turn. */
const toldBalancer = {
  hooks: {
    beforeNode: [{ run: 'runner', command: tellBalancer('drain') }],
    afterNode: [{ run: 'runner', command: tellBalancer('ready') }],
  },
}

async function action(lab: Lab, policy?: object): Promise<Upgraded> {
  const used: Upgraded[] = []
  const file = join(lab.stateDir, 'usage.json')
  const inputs = { version: target, ...(policy && { policy: stringify(policy) }) }
  const env = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'usage.ts')}`, BENCH_USAGE: file }
  for (const phase of ['plan', 'control-plane', 'workers', 'verify']) {
    const from = Date.now()
    const { code, log, report } = await runAction(lab, phase, { inputs, env })
    if (code !== 0) throw new Error(log.slice(-5000))
    const done: Done[] = phase === 'plan' ? [{ part: 'plan', from, to: Date.now() }] : partsOfReport(report)
    used.push({ ...(JSON.parse(readFileSync(file, 'utf8')) as Usage), done })
  }
  return {
    cpu: used.reduce((sum, { cpu }) => sum + cpu, 0),
    memory: Math.max(...used.map(({ memory }) => memory)),
    done: used.flatMap(({ done }) => done),
  }
}

async function byHand(lab: Lab, stop: number): Promise<Upgraded> {
  const list = (role: string): string =>
    lab.nodes.flatMap((node) => (node.role === role ? [`${node.name}=${node.host}`] : [])).join(' ')
  const script = join(import.meta.dirname, 'contestants/by-hand.sh')
  const argv = [script, lab.stateDir, target, list('control-plane'), list('worker'), String(stop)]
  const began = Date.now()
  const measured = await command(lab, ['sh', ...argv])
  return { ...measured, done: partsOfLoop(measured.output, began) }
}

async function ansible(lab: Lab, pipelining: boolean): Promise<Upgraded> {
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
  const measured = await command(
    lab,
    [program, '-i', join(folder, 'inventory.ini'), '-e', variables, playbook],
    {
      ANSIBLE_PIPELINING: String(pipelining),
    },
  )
  return { ...measured, done: [] }
}

function command(lab: Lab, argv: readonly string[], env: Record<string, string> = {}): Promise<Measured> {
  return measure({ inNetwork: lab.inNetwork, folder: lab.stateDir }, argv, env)
}
