import { problemAt, show, unknownKey } from '../problems.ts'
import type { Path, Problem } from '../problems.ts'
import type { YamlText } from '../yaml.ts'
import { knownVariables, Unusable } from './model.ts'
import type { AnsibleModel, Group, Value, Variables } from './model.ts'
import { latePort, readHostPattern } from './ranges.ts'

type Mapping = Readonly<Record<string, unknown>>

/** Reads an inventory in Ansible's YAML (groups with hosts, vars and children) into `model`. */
export function readGroups(yaml: YamlText, model: AnsibleModel): Problem[] {
  const reader = new GroupsReader(yaml, model)
  if (isMapping(yaml.value))
    for (const [name, data] of Object.entries(yaml.value)) reader.group(name, data, [name])
  return reader.problems
}

class GroupsReader {
  readonly problems: Problem[] = []
  private readonly yaml: YamlText
  private readonly model: AnsibleModel

  constructor(yaml: YamlText, model: AnsibleModel) {
    this.yaml = yaml
    this.model = model
  }

  group(name: string, data: unknown, path: Path): Group {
    const group = this.model.group(name, this.place(path))
    const content = this.mapping(data, path, 'a group: a mapping with hosts, vars and children')
    for (const [key, value] of Object.entries(content)) {
      const inner = [...path, key]
      if (key === 'hosts') this.hosts(group, value, inner)
      else if (key === 'children') this.children(group, value, inner)
      else if (key === 'vars')
        readVariables(this.yaml, this.mapping(value, inner, 'a mapping of variables'), inner, group.vars)
      else this.tell(inner, unknownKey(key, ['hosts', 'vars', 'children']))
    }
    return group
  }

  private hosts(group: Group, data: unknown, path: Path): void {
    const hosts = typeof data === 'string' ? { [data]: null } : this.mapping(data, path, 'a mapping of hosts')
    for (const [pattern, variables] of Object.entries(hosts)) {
      const inner = [...path, pattern]
      const found = readHostPattern(pattern)
      const own = this.mapping(variables, inner, "a mapping of the host's variables")
      if ('problem' in found) {
        this.tell(inner, `got ${show(pattern)}; ${found.problem}`)
        continue
      }
      for (const name of found.names) {
        const { vars, portIgnored } = this.model.addHost(name, group, this.place(inner), found.port)
        if (portIgnored) this.tell(inner, latePort(name))
        readVariables(this.yaml, own, inner, vars)
      }
    }
  }

  private children(group: Group, data: unknown, path: Path): void {
    const children =
      typeof data === 'string' ? { [data]: null } : this.mapping(data, path, 'a mapping of groups')
    for (const [name, content] of Object.entries(children)) {
      const child = this.group(name, content, [...path, name])
      if (!this.model.addChild(group, child))
        this.tell([...path, name], `the group ${show(name)} contains ${show(group.name)} already`)
    }
  }

  private mapping(data: unknown, path: Path, accepted: string): Mapping {
    if (isMapping(data)) return data
    if (data !== null && data !== undefined) this.tell(path, `got ${show(data)}; accepts ${accepted}`)
    return {}
  }

  private place(path: Path) {
    return { file: undefined, line: this.yaml.lineOf(path) }
  }

  private tell(path: Path, message: string): void {
    this.problems.push(problemAt(this.yaml, path, message))
  }
}

/** Puts the variables that matter into `into`. @param file undefined for the inventory itself */
export function readVariables(
  yaml: YamlText,
  data: Mapping,
  path: Path,
  into: Variables,
  file?: string,
): void {
  for (const [name, value] of Object.entries(data))
    if (knownVariables.has(name))
      into.set(name, { value: valueOf(value), place: { file, line: yaml.lineOf([...path, name]) } })
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unusable)
}

function valueOf(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return value instanceof Unusable ? value : new Unusable(show(value))
}
