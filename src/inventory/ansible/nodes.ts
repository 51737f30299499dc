import { isNodeName } from '../addresses.ts'
import type { JumpHost } from '../addresses.ts'
import type { Inventory, InventoryNode, Role, SshOverrides } from '../inventory.ts'
import { show } from '../problems.ts'
import type { Problem } from '../problems.ts'
import type { AnsibleModel, Host, Place, Variables } from './model.ts'
import { readReach, targetOf, textOf } from './reach.ts'
import type { Reach, Tell } from './reach.ts'
import {
  acceptedGroups,
  acceptedRoleWords,
  inRoleOrder,
  otherGroups,
  roleOfGroup,
  roleOfWord,
} from './roles.ts'

interface Candidate {
  readonly host: Host
  readonly name: string
  readonly role: Role
  readonly groups: readonly string[]
  readonly windows: boolean
  readonly reach: Reach
}

/**
 * The nodes among the hosts of a model, and what is wrong with them; hosts without a role are no nodes.
 * @param unread there are parts of the inventory that could not be read
 */
export function nodesOf(
  model: AnsibleModel,
  overrides: SshOverrides,
  unread: boolean,
): { nodes: InventoryNode[]; sshDefaults: Inventory['sshDefaults']; problems: Problem[] } {
  const problems = new PlacedProblems()
  const candidates = inRoleOrder(model).flatMap((host) => candidateOf(host, model, overrides, problems) ?? [])
  const bastion = bastionOf(model, overrides, problems)
  const nodes = candidates.map(({ name, role, groups, windows, reach }): InventoryNode => ({
    name,
    role,
    groups,
    ...(windows && { os: 'windows' }),
    ssh: { host: reach.host ?? '', ...targetOf(reach, bastion) },
  }))
  candidates.forEach((candidate, index) => clashes(candidate, index, candidates, nodes, problems))
  const missing = candidates.every(({ role }) => role === 'worker')
    ? missingControlPlane(model, unread)
    : undefined
  if (missing !== undefined) problems.add(missing)
  const none: Reach = { host: undefined, port: overrides.port, user: overrides.user, jump: overrides.jump }
  return { nodes, sshDefaults: targetOf(none, bastion), problems: problems.all() }
}

function candidateOf(
  host: Host,
  model: AnsibleModel,
  overrides: SshOverrides,
  problems: PlacedProblems,
): Candidate | undefined {
  const variables = model.variablesOf(host)
  const groups = model.groupsOf(host)
  const tell: Tell = (place, name, message) => problems.about(host, place, name, message)
  const role = roleOf(variables, groups.map(roleOfGroup), tell)
  if (role === undefined) return undefined
  const connection = variables.get('ansible_connection')
  if (
    connection !== undefined &&
    !/^(smart|paramiko|paramiko_ssh|(ansible\.builtin\.)?ssh)$/.test(String(connection.value))
  )
    tell(
      connection.place,
      'ansible_connection',
      `got ${show(connection.value)}; accepts ssh: nodes are reached over SSH only`,
    )
  return {
    host,
    name: nameOf(host, variables, tell),
    role,
    groups: otherGroups(groups),
    // What Ansible has to be told of a Windows host that it reaches over SSH.
    windows: /^(powershell|cmd)$/.test(String(variables.get('ansible_shell_type')?.value)),
    reach: readReach(host, variables, overrides, tell),
  }
}

/** The host's own kubernetes_role, else its groups'; a control plane node may be a worker as well. */
function roleOf(variables: Variables, roles: readonly (Role | undefined)[], tell: Tell): Role | undefined {
  const word = variables.get('kubernetes_role')
  if (word !== undefined) {
    const text = textOf({ name: 'kubernetes_role', ...word }, '', tell)
    const role = text === undefined ? undefined : roleOfWord(text)
    if (text !== undefined && role === undefined)
      tell(word.place, 'kubernetes_role', `got ${show(text)}; accepts ${acceptedRoleWords}`)
    if (role !== undefined) return role
  }
  return roles.includes('control-plane') ? 'control-plane' : roles.find((role) => role !== undefined)
}

/** The Node object's name: kubelet and kubeadm write it in lower case. */
function nameOf(host: Host, variables: Variables, tell: Tell): string {
  const override = variables.get('kube_override_hostname')
  const given =
    override === undefined ? undefined : textOf({ name: 'kube_override_hostname', ...override }, '', tell)
  const name = (given ?? host.name).toLowerCase()
  if (!isNodeName(name))
    tell(
      (given === undefined ? host : override)?.place ?? host.place,
      given === undefined ? '' : 'kube_override_hostname',
      `got ${show(name)}; accepts the name of the Node object: letters, digits, dashes and dots (kube_override_hostname wins over the host's name)`,
    )
  return name
}

/** kubespray leads to every host through the one named bastion, if there is one. */
function bastionOf(
  model: AnsibleModel,
  overrides: SshOverrides,
  problems: PlacedProblems,
): readonly JumpHost[] {
  const host = model.hosts.get('bastion')
  if (host === undefined || overrides.jump !== undefined) return []
  const tell: Tell = (place, name, message) => problems.about(host, place, name, message)
  const { host: address = '', port = 22, user } = readReach(host, model.variablesOf(host), { jump: [] }, tell)
  return [{ host: address, port, user }]
}

function clashes(
  { host, name }: Candidate,
  index: number,
  candidates: readonly Candidate[],
  nodes: readonly InventoryNode[],
  problems: PlacedProblems,
): void {
  const key = (at: number): string => JSON.stringify({ ...nodes[at]?.ssh, user: '' })
  const earlier = candidates.slice(0, index)
  const twin = earlier.find((other) => other.name === name)
  const machine = earlier.find((other, at) => other.reach.host !== undefined && key(at) === key(index))
  if (twin !== undefined)
    problems.about(
      host,
      host.place,
      '',
      `the name ${show(name)} stands in line ${twin.host.place.line} already`,
    )
  else if (machine !== undefined)
    problems.about(
      host,
      host.place,
      '',
      `has the host and port of ${machine.host.name} (line ${machine.host.place.line})`,
    )
}

/** Undefined when a group is meant to have control plane nodes, and why it has none is told elsewhere. */
function missingControlPlane(model: AnsibleModel, unread: boolean): Problem | undefined {
  const groups = [...model.groups.values()].filter(({ name }) => !['all', 'ungrouped'].includes(name))
  const empty = groups.find((group) => roleOfGroup(group) === 'control-plane')
  if (empty !== undefined && unread) return undefined
  const names = groups.slice(0, 20).map(({ name }) => name)
  const got =
    model.hosts.size === 0
      ? 'names no host'
      : empty !== undefined
        ? `has no host in ${empty.name}`
        : `has the groups ${names.join(', ') || 'of no name'}, none of which says what a control plane node is`
  return { line: undefined, path: '', message: `${got}; accepts ${acceptedGroups}` }
}

/** Problems, each once: a variable of a group is wrong for all its hosts. */
class PlacedProblems {
  private readonly problems = new Map<string, Problem>()

  add(problem: Problem): void {
    this.problems.set(JSON.stringify(problem), problem)
  }

  about(host: Host, place: Place, name: string, message: string): void {
    const own = place.file === host.place.file && place.line === host.place.line
    const path = [own || name === '' ? host.name : '', name].filter((part) => part !== '').join('.')
    this.add({ ...(place.file !== undefined && { file: place.file }), line: place.line, path, message })
  }

  all(): Problem[] {
    return [...this.problems.values()]
  }
}
