import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Lab } from '../../cluster/lab.ts'
import { onNode, type Trap } from './trap.ts'

/** Inputs of a plan that say something else than the cluster, and what is found. */
export interface InputTrap {
  name: string
  /** What the machines need for it. */
  trap?: Trap
  inputs: (lab: Lab) => Record<string, string>
  finds: readonly string[]
}

interface Written {
  nodes: { name: string; host: string; role: string }[]
  policy: Record<string, unknown>
}

/** The lab's inventory after `edit`. */
function inventory(edit: (written: Written) => void): (lab: Lab) => Record<string, string> {
  return (lab) => {
    const written = parse(readFileSync(join(lab.stateDir, 'inventory.yaml'), 'utf8')) as Written
    edit(written)
    return { inventory: stringify(written) }
  }
}

/** One more address of w1, so that two entries of the inventory can lead there. */
const secondAddress = '10.200.0.31'
/** One machine that answers under two addresses. */
const secondOnW1 = onNode(
  'w1',
  `ip address add ${secondAddress}/24 dev host0`,
  `ip address del ${secondAddress}/24 dev host0`,
)

function knownHosts(lab: Lab): string {
  const known = readFileSync(join(lab.stateDir, 'known_hosts'), 'utf8')
  const own = known.split('\n').filter((line) => line.startsWith('10.200.0.21 '))
  return [known, ...own.map((line) => line.replace('10.200.0.21', secondAddress))].join('\n')
}

/** The cluster is as it was. */
export const inputTraps: readonly InputTrap[] = [
  {
    name: 'names and roles of the inventory',
    inputs: inventory(({ nodes }) => {
      for (const node of nodes) {
        if (node.name === 'w2') node.name = 'worker-2'
        if (node.name === 'w1') node.role = 'control-plane'
      }
    }),
    finds: [
      'blocks node-renamed worker-2',
      'blocks role-mismatch w1',
      // Looked at as a control plane node it is none.
      'blocks static-pods w1',
      'blocks static-pods w1',
      'blocks admin-conf w1',
      'blocks api-server-not-ready w1',
    ],
  },
  {
    name: 'a machine under two names, one of which is another node',
    trap: secondOnW1,
    inputs: (lab) => ({
      ...inventory(({ nodes }) => {
        const w2 = nodes.find((node) => node.name === 'w2')
        if (w2 !== undefined) w2.host = secondAddress
      })(lab),
      'ssh-known-hosts': knownHosts(lab),
    }),
    finds: ['blocks same-machine w2', 'blocks wrong-machine w2'],
  },
  {
    name: 'a node that is not in the inventory, and one that is not in the cluster',
    trap: secondOnW1,
    inputs: (lab) => ({
      ...inventory(({ nodes }) => {
        const w2 = nodes.find((node) => node.name === 'w2')
        if (w2 !== undefined) Object.assign(w2, { name: 'w9', host: secondAddress })
      })(lab),
      'ssh-known-hosts': knownHosts(lab),
    }),
    finds: ['blocks node-not-in-cluster w9', 'blocks node-not-in-inventory w2', 'blocks same-machine w9'],
  },
  {
    name: 'a policy without snapshot',
    inputs: inventory(({ policy }) => void (policy['etcd'] = { snapshot: false })),
    finds: ['warns etcd-no-snapshot cluster'],
  },
]
