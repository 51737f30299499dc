import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { readAnsible } from '../../src/inventory/ansible/ansible.ts'
import { knownVariables, Unusable, type AnsibleModel } from '../../src/inventory/ansible/model.ts'
import { varsBeside } from '../../src/inventory/ansible/vars-folder.ts'

const folder = fileURLToPath(new URL('./ansible', import.meta.url))

/** What `ansible-inventory --list` prints. */
interface Recorded {
  _meta: { hostvars: Record<string, Record<string, unknown>> }
}

interface RecordedGroup {
  hosts?: string[]
  children?: string[]
}

function read(file: string): string {
  return readFileSync(join(folder, file), 'utf8')
}

/** Inventories of the shapes that people have, with what the real ansible-inventory printed for each (ansible/record). */
const recorded = globSync('*/ansible-inventory.json', { cwd: folder })
  .toSorted()
  .map((file) => {
    const name = dirname(file)
    const inventory = readdirSync(join(folder, name)).find((entry) => !/\.json$|_vars$/.test(entry)) ?? ''
    const path = join(name, inventory)
    return { name, path, json: JSON.parse(read(file)) as Recorded }
  })

test('there are ten inventories at least', () => {
  expect(recorded.length).toBeGreaterThanOrEqual(10)
})

const implicit = new Set(['_meta', 'all', 'ungrouped'])

function groupsOf(model: AnsibleModel): Record<string, RecordedGroup> {
  const groups = [...model.groups.values()].filter(({ name }) => !implicit.has(name))
  const names = (things: Iterable<{ name: string }>): string[] => [...things].map(({ name }) => name)
  return Object.fromEntries(
    groups.map((group) => [group.name, { hosts: names(group.hosts), children: names(group.children) }]),
  )
}

function variablesOf(model: AnsibleModel): Record<string, Record<string, unknown>> {
  const hosts = [...model.hosts.values()].map((host) => {
    const known = [...model.variablesOf(host)].filter(([name]) => name !== 'ansible_group_priority')
    const variables = known.map(([name, { value }]) => [name, value instanceof Unusable ? value.what : value])
    return [host.name, Object.fromEntries(variables) as Record<string, unknown>] as const
  })
  return Object.fromEntries(hosts.filter(([, variables]) => Object.keys(variables).length > 0))
}

describe.each(recorded)('$name is read as ansible-inventory reads it', ({ path, json }) => {
  const { model, problems } = readAnsible(read(path), varsBeside(path, folder))

  test('without a problem', () => {
    expect(problems).toEqual([])
  })

  test('the same groups, with the same hosts and groups in them, in the same order', () => {
    const expected = Object.entries(json as unknown as Record<string, RecordedGroup>)
      .filter(([name]) => !implicit.has(name))
      .map(([name, { hosts = [], children = [] }]) => [name, { hosts, children }])
    expect(groupsOf(model)).toMatchObject(Object.fromEntries(expected) as object)
  })

  test('the same variables that say how hosts are reached', () => {
    const expected = Object.entries(json._meta.hostvars).map(([host, variables]) => [
      host,
      Object.fromEntries(Object.entries(variables).filter(([name]) => knownVariables.has(name))),
    ])
    expect(variablesOf(model)).toEqual(
      Object.fromEntries(expected.filter(([, variables]) => Object.keys(variables as object).length > 0)),
    )
  })
})
