import { join } from 'node:path'
import { ansibleFolder } from './ansible.ts'
import type { Benchmark } from './benchmark.ts'
import { writeFactsScript } from './facts-script.ts'
import { startMachine, type Machine } from './machine/machine.ts'
import { measure, type Measured } from './measure.ts'
import { summarise } from './table.ts'

/** Nodes of the larger run: what a node costs is the difference, so that a tool's start is not in it. */
const several = 6

const folder = join(import.meta.dirname, 'contestants')
const names = ['action', 'ssh loop', 'ansible', 'ansible, pipelining'] as const
type Name = (typeof names)[number]

interface Round {
  readonly one: Measured
  readonly all: Measured
  /** SSH sessions of the run with one node. */
  readonly sessions: number
}

/** What a tool costs per node beyond the commands: facts and twelve commands that take no time, over a real sshd. */
export const overhead: Benchmark = {
  name: 'overhead',
  about: `Facts and 12 steps that take no time, on one node and on ${several} after each other: a shell loop over OpenSSH, a playbook, and the action's own code with 6 scripts and 6 detached jobs.`,
  root: true,
  async run({ repeat, contestants, say }) {
    const machine = await startMachine()
    try {
      writeFactsScript(join(machine.folder, 'facts.sh'))
      const chosen = names.filter((name) => contestants?.includes(name) ?? true)
      const rounds = new Map<Name, Round[]>(chosen.map((name) => [name, []]))
      for (let round = 0; round < Math.max(3, repeat); round++)
        for (const [name, done] of rounds) {
          say(`${name}, round ${round + 1}`)
          done.push(await play(machine, name))
        }
      return { columns, rows: rowsOf(rounds), notes }
    } finally {
      machine.stop()
    }
  },
}

async function play(machine: Machine, name: Name): Promise<Round> {
  machine.list(1)
  machine.sessions()
  const one = await contestant(machine, name, 1)
  const sessions = machine.sessions()
  machine.list(several)
  return { one, all: await contestant(machine, name, several), sessions }
}

function contestant(machine: Machine, name: Name, nodes: number): Promise<Measured> {
  switch (name) {
    case 'action':
      return measure(machine, [process.execPath, join(folder, 'steps.ts'), machine.folder])
    case 'ssh loop': {
      const addresses = Array.from({ length: nodes }, (_, at) => `127.0.0.${at + 1}`)
      return measure(machine, [join(folder, 'steps.sh'), machine.folder, ...addresses])
    }
    default: {
      const program = join(ansibleFolder(), 'bin/ansible-playbook')
      const argv = [program, '-i', join(machine.folder, 'inventory.ini'), join(folder, 'steps.yml')]
      return measure(machine, argv, { ANSIBLE_PIPELINING: String(name === 'ansible, pipelining') })
    }
  }
}

const columns = [
  'contestant',
  'a node: s',
  '±',
  '× action',
  'CPU s',
  '× action',
  'sessions',
  'process for one node: s',
  '±',
  '× action',
  'CPU s',
]

const notes = [
  `A node: the time of ${several} nodes less that of one, divided by ${several - 1}, in each round; a tool's start is not in it, and is in the process for one node. The action's process compiles its sources first, which dist/index.js need not.`,
  'All nodes are one machine with a real systemd and a real sshd, at several addresses; it shares the cores. CPU is the controller’s alone: the process and everything it starts, without the machine.',
  'Sessions: commands and subsystems that sshd started for one node. An SFTP transfer, of which Ansible without pipelining has one a task, is one session of several round trips.',
  'The facts of the action and of the shell loop lack what Kubernetes programs take to say their versions, where this machine has none. Leases, drains and waits of the action are not in it, and neither is what a playbook has for them.',
]

function rowsOf(rounds: ReadonlyMap<Name, readonly Round[]>): (string | number)[][] {
  const figures = [...rounds].map(([name, played]) => ({ name, ...figuresOf(played) }))
  const own = figures.find(({ name }) => name === 'action')
  const ratio = (value: number, to: number | undefined): number | string =>
    to === undefined ? '' : value / to
  return figures.map(({ name, node, nodeCpu, sessions, process, processCpu }) => [
    name,
    node.median,
    node.spread,
    ratio(node.median, own?.node.median),
    nodeCpu,
    ratio(nodeCpu, own?.nodeCpu),
    sessions,
    process.median,
    process.spread,
    ratio(process.median, own?.process.median),
    processCpu,
  ])
}

function figuresOf(rounds: readonly Round[]) {
  const perNode = (of: 'seconds' | 'cpu'): number[] =>
    rounds.map(({ one, all }) => (all[of] - one[of]) / (several - 1))
  return {
    node: summarise(perNode('seconds')),
    nodeCpu: summarise(perNode('cpu')).median,
    sessions: rounds[0]?.sessions ?? 0,
    process: summarise(rounds.map(({ one }) => one.seconds)),
    processCpu: summarise(rounds.map(({ one }) => one.cpu)).median,
  }
}
