import { z } from 'zod'
import {
  acceptedHost,
  acceptedJump,
  acceptedPort,
  acceptedUser,
  isNodeName,
  parseHost,
  parseJump,
  parseUser,
} from './addresses.ts'
import { clashes, missingControlPlane, windowsControlPlanes } from './clashes.ts'
import type { Inventory, InventoryNode, SshOverrides, SshTarget } from './inventory.ts'
import { policyProblems } from './policy.ts'
import type { RawPolicy } from './policy.ts'
import { policySchema } from './policy-schema.ts'
import { byLine, schemaProblems } from './problems.ts'
import type { Parsed } from './problems.ts'
import { choice, line, list, mapping, parsed } from './schema.ts'
import type { YamlText } from './yaml.ts'

const port = z
  .int({ error: acceptedPort })
  .min(1, { error: acceptedPort })
  .max(65535, { error: acceptedPort })
const user = parsed(acceptedUser, /^/, parseUser)
const jump = list(parsed(acceptedJump, /^/, parseJump), 'a list of jump hosts, each user@host:port')
const acceptedName = 'the name of the Node object: lower case letters, digits, dashes and dots'

const node = mapping({
  name: parsed(acceptedName, /^/, (name) => (isNodeName(name) ? name : undefined)).describe(
    'Name of the Node object.',
  ),
  host: parsed(acceptedHost, /^/, parseHost).describe('Name or address that SSH connects to.'),
  role: choice(['control-plane', 'worker']).describe('What the node is.'),
  os: choice(['linux', 'windows'])
    .optional()
    .describe('What it runs; windows: a worker, reached by PowerShell over SSH. Default: linux.'),
  group: line('a word, such as storage')
    .optional()
    .describe('Word for several nodes, for the order of the workers.'),
  port: port.optional().describe("SSH port. Default: the top level's."),
  user: user.optional().describe("SSH user. Default: the top level's."),
  jump: jump.optional().describe("Jump hosts, nearest first; [] for none. Default: the top level's."),
})

const ssh = mapping({
  user: user.optional().describe('SSH user of all nodes. Default: root. Another one needs sudo.'),
  port: port.optional().describe('SSH port of all nodes. Default: 22.'),
  jump: jump.optional().describe('Jump hosts of all nodes, nearest first. Default: none.'),
})

const acceptedNodes = 'a list of at least one node ({name, host, role})'
const shape = {
  cluster: line('a name for the cluster').optional().describe('Name of the cluster, for people.'),
  ssh: ssh.optional().describe('How nodes are reached that do not say it themselves.'),
  discover: z
    .literal('workers', { error: 'workers' })
    .optional()
    .describe(
      "workers: the cluster's Node objects are the workers; nodes needs to name the control plane only.",
    ),
  nodes: list(node, acceptedNodes).min(1, { error: acceptedNodes }).describe('The nodes of the cluster.'),
}

/** The schema of the file, as published: with the policy inside. */
export const inventorySchema = mapping({
  ...shape,
  policy: policySchema.nullable().optional().describe('The policy; the input of that name wins, key by key.'),
})

// The policy is checked on its own (policyProblems), for the checks that a schema cannot express.
const readSchema = mapping({ ...shape, policy: z.unknown().optional() })

/** Reads an inventory in our own format. Schema mistakes and duplicates are found in one go; see parseInventory. */
export function parseOwnFormat(yaml: YamlText, overrides: SshOverrides): Parsed<Inventory> {
  const lineOf: YamlText['lineOf'] = (path) => yaml.lineOf(path)
  if (yaml.value === undefined) return { value: undefined, problems: yaml.problems, lineOf }
  const policy = (yaml.value as { policy?: unknown }).policy ?? {}
  const result = readSchema.safeParse(yaml.value)
  const problems = byLine([
    ...yaml.problems,
    ...(result.success ? [] : schemaProblems(yaml, result.error.issues)),
    ...clashes(yaml, overrides),
    ...missingControlPlane(yaml),
    ...windowsControlPlanes(yaml),
    ...policyProblems(yaml, policy, ['policy']),
  ])
  if (!result.success || problems.length > 0) return { value: undefined, problems, lineOf }
  return { value: inventoryOf(result.data, policy as RawPolicy, overrides), problems, lineOf }
}

function inventoryOf(
  data: z.output<typeof readSchema>,
  policy: RawPolicy,
  overrides: SshOverrides,
): Inventory {
  const sshDefaults = reach(overrides, {}, data.ssh ?? {})
  const nodes = data.nodes.map((entry): InventoryNode => ({
    name: entry.name,
    role: entry.role,
    groups: entry.group === undefined ? [] : [entry.group],
    ...(entry.os === 'windows' && { os: entry.os }),
    ssh: { host: entry.host, ...reach(overrides, entry, data.ssh ?? {}) },
  }))
  const discoverWorkers = data.discover === 'workers'
  return { cluster: data.cluster, nodes, discoverWorkers, sshDefaults, policy, unreadFiles: [] }
}

/** Input before node before top level before default. */
function reach(first: SshOverrides, second: SshOverrides, third: SshOverrides): Omit<SshTarget, 'host'> {
  return {
    port: first.port ?? second.port ?? third.port ?? 22,
    user: first.user ?? second.user ?? third.user ?? 'root',
    jump: first.jump ?? second.jump ?? third.jump ?? [],
  }
}
