import { join } from 'node:path'
import { ansibleFolder } from './ansible.ts'
import type { Benchmark } from './benchmark.ts'
import { writeFactsScript } from './facts-script.ts'
import { startMachine, type Machine } from './machine/machine.ts'
import { measure, type Measured } from './measure.ts'
import { summarise } from './table.ts'

const parallel = 32

/** The look at every node against Ansible's: what the recorded nodes of `facts` cannot answer, since they run no Python. */
export const factsAnsible: Benchmark = {
  name: 'facts-ansible',
  about: `The facts of many addresses of one machine with a real sshd: the action's own code, the same script through \`ssh\`, and \`ansible -m setup\`, ${parallel} at a time. Whole processes.`,
  root: true,
  async run({ nodes, repeat, say }) {
    const machine = await startMachine()
    try {
      writeFactsScript(join(machine.folder, 'facts.sh'))
      const rows = []
      for (const count of nodes.filter((size) => size <= machine.most)) {
        say(`facts of ${count} nodes`)
        rows.push(...(await compare(machine, count, count > 10 ? repeat : Math.max(3, repeat))))
      }
      return {
        columns: ['nodes', 'contestant', 'seconds', '±', '× action', 'CPU s', '× action'],
        rows,
        notes,
      }
    } finally {
      machine.stop()
    }
  },
}

const notes = [
  'The machine shares the cores and does the work of all nodes: where many are asked, seconds are its own work more than the contestant’s, and CPU, which is the controller’s alone, is what tells them apart. Each asks for what it needs: the setup module knows nothing of packages, certificates or manifests, and the action nothing of most of what the setup module reads.',
]

type Contestant = (machine: Machine) => Promise<Measured>

const contestants: Readonly<Record<string, Contestant>> = {
  action: (machine) =>
    measure(machine, [process.execPath, join(import.meta.dirname, 'facts-reader.ts'), machine.folder]),
  'ssh and xargs': (machine) =>
    measure(machine, [join(import.meta.dirname, 'contestants/facts.sh'), machine.folder, String(parallel)]),
  'ansible -m setup': (machine) => setup(machine, false),
  'ansible -m setup, pipelining': (machine) => setup(machine, true),
}

function setup(machine: Machine, pipelining: boolean): Promise<Measured> {
  const program = join(ansibleFolder(), 'bin/ansible')
  const inventory = join(machine.folder, 'inventory.ini')
  const argv = [program, '-i', inventory, '-m', 'setup', '-f', String(parallel), 'all']
  return measure(machine, argv, { ANSIBLE_PIPELINING: String(pipelining) })
}

async function compare(machine: Machine, count: number, rounds: number): Promise<(string | number)[][]> {
  machine.list(count)
  const measured = new Map<string, Measured[]>(Object.keys(contestants).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of Object.entries(contestants)) measured.get(name)?.push(await run(machine))
  const figures = [...measured].map(([name, all]) => ({
    name,
    seconds: summarise(all.map(({ seconds }) => seconds)),
    cpu: summarise(all.map(({ cpu }) => cpu)).median,
  }))
  const own = figures.find(({ name }) => name === 'action')
  return figures.map(({ name, seconds, cpu }) => [
    count,
    name,
    seconds.median,
    seconds.spread,
    seconds.median / (own?.seconds.median ?? NaN),
    cpu,
    cpu / (own?.cpu ?? NaN),
  ])
}
