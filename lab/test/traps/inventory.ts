import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { Lab } from '../../cluster/lab.ts'

/** Inputs of a plan that say something else than the cluster, and what is found. */
export interface InputTrap {
  name: string
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

/** Nothing is set for these: the cluster is as it was. */
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
    name: 'one machine under two names, and another machine under a name',
    inputs: inventory(({ nodes }) => {
      const [w1, w2] = nodes.filter((node) => node.role === 'worker')
      if (w1 !== undefined && w2 !== undefined) w2.host = w1.host
    }),
    finds: ['blocks same-machine w2', 'blocks wrong-machine w2'],
  },
  {
    name: 'a node that is not in the inventory, and one that is not in the cluster',
    inputs: inventory(({ nodes }) => {
      const w2 = nodes.find((node) => node.name === 'w2')
      nodes.splice(
        nodes.findIndex((node) => node.name === 'w1'),
        1,
      )
      if (w2 !== undefined) nodes.push({ ...w2, name: 'w9' })
    }),
    finds: ['blocks node-not-in-inventory w1', 'blocks node-not-in-cluster w9', 'blocks same-machine w9'],
  },
  {
    name: 'a policy without snapshot',
    inputs: inventory(({ policy }) => void (policy['etcd'] = { snapshot: false })),
    finds: ['warns etcd-no-snapshot cluster'],
  },
]
