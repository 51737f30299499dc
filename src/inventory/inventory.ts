import { parseAnsible } from './ansible/ansible.ts'
import type { VarsFiles } from './ansible/vars-files.ts'
import { formatOf } from './formats.ts'
import { parseOwnFormat } from './own-format.ts'
import type { Parsed } from './problems.ts'
import type { JumpHost } from './addresses.ts'
import type { RawPolicy } from './policy.ts'
import { readYaml } from './yaml.ts'

/*
 * Start reading here. The inventory says which machines are which nodes and how to reach them; formats.ts tells whose format
 * a text is in, own-format.ts reads ours, ansible/ansible.ts Ansible's, selection.ts limits a phase to some nodes, and policy.ts reads the policy, which may
 * stand in the same file.
 */

export type Role = 'control-plane' | 'worker'

export type { JumpHost }

/** Where and as whom to reach a machine; `jump` are the hosts on the way, nearest to the runner first. */
export interface SshTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly jump: readonly JumpHost[]
}

export interface InventoryNode {
  /** The name of the Node object. */
  readonly name: string
  readonly role: Role
  /** Words for several nodes, for the order of the workers. */
  readonly groups: readonly string[]
  /** What it runs; Linux when nothing is said. */
  readonly os?: 'windows'
  readonly ssh: SshTarget
}

export interface Inventory {
  readonly cluster: string | undefined
  /** In the order of the text, at least one control plane node among them. */
  readonly nodes: readonly InventoryNode[]
  /** The workers are the cluster's own Node objects, not (only) those of the text. */
  readonly discoverWorkers: boolean
  /** What nodes are reached with that the text does not name; their host is an address of the Node object. */
  readonly sshDefaults: Omit<SshTarget, 'host'>
  /** The policy of the text, checked, without defaults; resolvePolicy makes a Policy of it. */
  readonly policy: RawPolicy
  /** Files beside an Ansible inventory that are encrypted as a whole: what they say of the nodes is not seen. */
  readonly unreadFiles: readonly string[]
}

/** The inputs ssh-user, ssh-port and ssh-jump: they win over everything in the inventory. */
export interface SshOverrides {
  readonly user?: string | undefined
  readonly port?: number | undefined
  readonly jump?: readonly JumpHost[] | undefined
}

/**
 * Reads an inventory from its text; never throws, so that its mistakes can be shown with those of other inputs.
 * The value is undefined when there is any problem.
 * @param files group_vars and host_vars beside an Ansible inventory
 */
export function parseInventory(
  text: string,
  overrides: SshOverrides = {},
  files: VarsFiles = () => [],
): Parsed<Inventory> {
  const yaml = readYaml(text)
  return formatOf(text, yaml) === 'own'
    ? parseOwnFormat(yaml, overrides)
    : parseAnsible(text, overrides, files)
}
