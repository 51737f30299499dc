import { unknownKey } from '../problems.ts'
import type { Problem } from '../problems.ts'
import { show } from '../problems.ts'
import { knownVariables } from './model.ts'
import type { AnsibleModel, Group, Place, Variables } from './model.ts'
import { latePort, readHostPattern } from './ranges.ts'
import { readValue, splitWords } from './words.ts'

/*
 * Ansible's INI dialect. The parsers of INI on npm (`ini`, `js-ini`) read another language: there a line without "=" is a key,
 * "a b=c" one key, a section is a nested object, and lines are not counted. Source: ansible/plugins/inventory/ini.py.
 */

interface Pending {
  readonly line: number
  readonly parents: Group[]
}

/** Reads an inventory in Ansible's INI dialect into `model`. */
export function readIni(text: string, model: AnsibleModel): Problem[] {
  const reader = new IniReader(model)
  text.split(/\r\n|\r|\n/).forEach((line, index) => reader.read(line.trim(), index + 1))
  return reader.end()
}

class IniReader {
  private readonly model: AnsibleModel
  private readonly problems: Problem[] = []
  /** Groups that are children of another one and not declared yet. */
  private readonly pending = new Map<string, Pending>()
  /** Groups with a section of their own, beside one of variables. */
  private readonly declared = new Set(['all', 'ungrouped'])
  private readonly withVars = new Map<string, number>()
  private group: Group
  private kind = 'hosts'

  constructor(model: AnsibleModel) {
    this.model = model
    this.group = model.group('ungrouped', { file: undefined, line: 1 })
  }

  read(line: string, number: number): void {
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return
    const place = { file: undefined, line: number }
    const section = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line)
    if (section !== null) this.section(section[1] ?? '', section[2] ?? 'hosts', place)
    else if (line.startsWith('[') && line.endsWith(']'))
      this.tell(place, `got ${show(line)}; accepts a section as [group], [group:vars] or [group:children]`)
    else if (this.kind === 'hosts') this.hosts(line, place)
    else if (this.kind === 'vars') this.variable(line, place)
    else if (this.kind === 'children') this.child(line, place)
  }

  end(): Problem[] {
    for (const [name, { line, parents }] of this.pending)
      this.tell(
        { file: undefined, line },
        `the group ${show(name)} has no section of its own, and is a child of ${parents.map((parent) => parent.name).join(', ')}`,
      )
    for (const [name, line] of this.withVars)
      if (!this.declared.has(name))
        this.tell(
          { file: undefined, line },
          `the group ${show(name)} has variables only; accepts [${name}:vars] beside [${name}]`,
        )
    return this.problems
  }

  private section(name: string, kind: string, place: Place): void {
    this.group = this.model.group(name, place)
    this.kind = kind
    if (kind === 'vars') {
      if (!this.withVars.has(name)) this.withVars.set(name, place.line)
      return
    }
    if (kind !== 'hosts' && kind !== 'children') {
      this.tell(
        place,
        unknownKey(kind, ['vars', 'children', 'hosts']).replace('unknown key', 'unknown kind of section'),
      )
      return
    }
    this.declared.add(name)
    for (const parent of this.pending.get(name)?.parents ?? []) this.link(parent, this.group, place)
    this.pending.delete(name)
  }

  private hosts(line: string, place: Place): void {
    const words = splitWords(line, true)
    if (!Array.isArray(words)) {
      this.tell(
        place,
        `${words.problem}; accepts a host and name=value, a value with spaces in quotation marks`,
      )
      return
    }
    const [pattern = '', ...assignments] = words
    const found = readHostPattern(pattern)
    const variables = this.assignments(assignments, place)
    if ('problem' in found) {
      this.tell(place, `got ${show(pattern)}; ${found.problem}`)
      return
    }
    for (const name of found.names) {
      const { vars, portIgnored } = this.model.addHost(name, this.group, place, found.port)
      if (portIgnored) this.tell(place, latePort(name))
      for (const [key, variable] of variables) vars.set(key, variable)
    }
  }

  private assignments(words: readonly string[], place: Place): Variables {
    const variables: Variables = new Map()
    for (const word of words) {
      const at = word.indexOf('=')
      // The word may be the rest of a password with spaces in it.
      if (at < 1)
        this.tell(
          place,
          'a word after the host has no "="; accepts name=value, a value with spaces in quotation marks',
        )
      else this.assign(variables, word.slice(0, at), word.slice(at + 1), place)
    }
    return variables
  }

  private variable(line: string, place: Place): void {
    const at = line.indexOf('=')
    if (at < 1) this.tell(place, 'a line without "="; accepts name=value')
    else this.assign(this.group.vars, line.slice(0, at).trim(), line.slice(at + 1).trim(), place)
  }

  private assign(variables: Variables, name: string, value: string, place: Place): void {
    if (knownVariables.has(name)) variables.set(name, { value: readValue(value), place })
  }

  private child(line: string, place: Place): void {
    const name = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line)?.[1]
    if (name === undefined) {
      this.tell(place, `got ${show(line)}; accepts the name of a group`)
      return
    }
    const known = this.model.groups.get(name)
    if (known !== undefined) {
      this.link(this.group, known, place)
      return
    }
    const pending = this.pending.get(name)
    if (pending === undefined) this.pending.set(name, { line: place.line, parents: [this.group] })
    else pending.parents.push(this.group)
  }

  private link(parent: Group, child: Group, { line }: Place): void {
    if (!this.model.addChild(parent, child))
      this.tell(
        { file: undefined, line },
        `the group ${show(child.name)} contains ${show(parent.name)} already`,
      )
  }

  private tell({ line }: Place, message: string): void {
    this.problems.push({ line, path: '', message })
  }
}
