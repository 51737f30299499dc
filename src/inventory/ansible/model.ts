/*
 * An Ansible inventory as it was read, whichever of its formats it was in: groups, hosts, and the few variables that say how a
 * host is reached and what it is. ansible.ts is the way in.
 */

/** Where something stands; `file` is undefined for the inventory itself. */
export interface Place {
  readonly file: string | undefined
  readonly line: number
}

/** A value that cannot be how a host is reached; `what` says what it is. */
export class Unusable {
  readonly what: string

  constructor(what: string) {
    this.what = what
  }

  toString(): string {
    return this.what
  }
}

export type Value = string | number | boolean | null | Unusable

export interface Variable {
  readonly value: Value
  readonly place: Place
}

export type Variables = Map<string, Variable>

/** The variables that are read; all others are for Ansible only. */
export const knownVariables: ReadonlySet<string> = new Set([
  'ansible_host',
  'ansible_ssh_host',
  'ansible_shell_type',
  'ansible_port',
  'ansible_ssh_port',
  'ansible_user',
  'ansible_ssh_user',
  'ansible_ssh_args',
  'ansible_ssh_common_args',
  'ansible_ssh_extra_args',
  'ansible_connection',
  'kubernetes_role',
  'kube_override_hostname',
  'ansible_group_priority',
])

export interface Host {
  readonly name: string
  readonly place: Place
  readonly vars: Variables
}

export interface Group {
  readonly name: string
  readonly place: Place
  readonly hosts: Set<Host>
  readonly children: Group[]
  readonly vars: Variables
}

/** Groups and hosts by name, in the order in which they were met. */
export class AnsibleModel {
  readonly groups = new Map<string, Group>()
  readonly hosts = new Map<string, Host>()
  /** Variables of files beside the inventory, which win over those in it: key is `group NAME` or `host NAME`. */
  readonly files = new Map<string, Variables>()
  /** Files that nobody can read here, since they are encrypted as a whole. */
  readonly encrypted: string[] = []

  group(name: string, place: Place): Group {
    const group = this.groups.get(name) ?? {
      name,
      place,
      hosts: new Set<Host>(),
      children: [],
      vars: new Map(),
    }
    this.groups.set(name, group)
    return group
  }

  /**
   * Puts a host into a group; a port in its pattern counts only where the host is met first.
   * @returns where its variables go, and whether a port was left out
   */
  addHost(
    name: string,
    group: Group,
    place: Place,
    port: number | undefined,
  ): { vars: Variables; portIgnored: boolean } {
    const known = this.hosts.get(name)
    const host: Host = known ?? { name, place, vars: new Map() }
    if (known === undefined && port !== undefined) host.vars.set('ansible_port', { value: port, place })
    this.hosts.set(name, host)
    group.hosts.add(host)
    const portIgnored =
      known !== undefined && port !== undefined && known.vars.get('ansible_port')?.value !== port
    // Ansible gives the variables of a host to the group of the same name, if there is one already.
    return { vars: this.groups.get(name)?.vars ?? host.vars, portIgnored }
  }

  /** False when it would make a group contain itself. */
  addChild(parent: Group, child: Group): boolean {
    if (familyOf(child).includes(parent)) return false
    if (!parent.children.includes(child)) parent.children.push(child)
    return true
  }

  /** Every host of a group and of the groups in it, in Ansible's order: the group's own first, then level by level. */
  hostsOf(group: Group): Host[] {
    if (group.name === 'all') return [...this.hosts.values()]
    return [...new Set(familyOf(group).flatMap(({ hosts }) => [...hosts]))]
  }

  /** The groups that a host is in, directly or by a parent, `all` apart; those whose variables win come last. */
  groupsOf(host: Host): Group[] {
    const direct = [...this.groups.values()].filter(({ hosts }) => hosts.has(host))
    const depths = this.depths()
    const key = (group: Group): [number, number] => [depths.get(group) ?? 0, priority(group)]
    return this.ancestors(direct).toSorted((a, b) => {
      const [[depthA, priorityA], [depthB, priorityB]] = [key(a), key(b)]
      return depthA - depthB || priorityA - priorityB || (a.name < b.name ? -1 : 1)
    })
  }

  /**
   * The variables of a host, each from the place that wins in Ansible: the inventory's groups, group_vars/all, the other
   * group_vars, the inventory's host, host_vars.
   * Source: VARIABLE_PRECEDENCE in https://docs.ansible.com/ansible/latest/reference_appendices/config.html
   */
  variablesOf(host: Host): Variables {
    const groups = this.groupsOf(host)
    const sources = [
      this.groups.get('all')?.vars,
      ...groups.map(({ vars }) => vars),
      this.files.get('group all'),
      ...groups.map(({ name }) => this.files.get(`group ${name}`)),
      host.vars,
      this.files.get(`host ${host.name}`),
    ]
    return new Map(sources.flatMap((variables) => [...(variables ?? [])]))
  }

  /** How deep a group is below `all`, by the longest way. */
  private depths(): Map<Group, number> {
    const depths = new Map<Group, number>()
    const visit = (group: Group, depth: number): void => {
      if ((depths.get(group) ?? -1) >= depth) return
      depths.set(group, depth)
      for (const child of group.children) visit(child, depth + 1)
    }
    for (const group of this.groups.values()) visit(group, group.name === 'all' ? 0 : 1)
    return depths
  }

  private ancestors(groups: readonly Group[]): Group[] {
    const found = new Set(groups)
    for (const group of found)
      for (const parent of this.groups.values()) if (parent.children.includes(group)) found.add(parent)
    return [...found].filter(({ name }) => name !== 'all')
  }
}

/** A group and all groups in it, level by level. */
function familyOf(group: Group): Group[] {
  const family = new Set([group])
  for (const member of family) for (const child of member.children) family.add(child)
  return [...family]
}

function priority({ vars }: Group): number {
  const value = vars.get('ansible_group_priority')?.value
  return typeof value === 'number' ? value : 1
}
