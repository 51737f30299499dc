/** The reference of the policy's keys, from its JSON schema. Pure. */

interface Schema {
  not?: unknown
  type?: string
  description?: string
  default?: unknown
  enum?: string[]
  const?: string
  pattern?: string
  minimum?: number
  maximum?: number
  properties?: Record<string, Schema>
  items?: Schema
}

/** Keys that are checked and kept in the plan's digest, but that nothing reads yet; a test says when one is forgotten here. */
export const withoutEffect: readonly string[] = []

/** A section for every key of the top level, with all keys below it in a table. */
export function policyReference(schema: Schema): string {
  const sections = Object.entries(schema.properties ?? {}).map(([key, inner]) => {
    const rows = inner.properties === undefined ? rowsOf(key, inner) : rowsBelow(key, inner)
    const head = ['| key | accepts | default | meaning |', '| --- | --- | --- | --- |']
    return [`### ${key}`, inner.description ?? '', [...head, ...rows].join('\n')].join('\n\n')
  })
  return sections.join('\n\n')
}

/** The paths of all keys that have no keys below them. */
export function leafPaths(schema: Schema, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
    const own = path === '' ? key : `${path}.${key}`
    return inner.properties === undefined ? [own] : leafPaths(inner, own)
  })
}

function rowsOf(path: string, schema: Schema): string[] {
  // What is refused with where to turn instead is no key.
  if (schema.not !== undefined) return []
  return [row(path, schema), ...rowsBelow(path, schema)]
}

function rowsBelow(path: string, schema: Schema): string[] {
  const inner = Object.entries(schema.properties ?? {})
  const lists = inner.flatMap(([, one]) => (one.items === undefined ? [] : JSON.stringify(one.items)))
  // The hooks: five lists of the same things, which are said once.
  const alike = lists.length > 1 && lists.length === inner.length && new Set(lists).size === 1
  if (alike) {
    const [[, first] = ['', {}]] = inner
    return [
      ...inner.map(([key, one]) => row(`${path}.${key}`, one)),
      ...rowsBelow(`${path}.*[]`, first.items ?? {}),
    ]
  }
  const below = inner.flatMap(([key, one]) => rowsOf(`${path}.${key}`, one))
  return schema.items?.properties === undefined ? below : [...below, ...rowsBelow(`${path}[]`, schema.items)]
}

function row(path: string, schema: Schema): string {
  const note = withoutEffect.includes(path) ? ' **No effect in this release.**' : ''
  const cells = [`\`${path}\``, accepts(schema), defaultOf(schema), `${schema.description ?? ''}${note}`]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

const durations = '^(\\d+(\\.\\d+)?(h|ms|m|s))+$'

function accepts(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${word}\``).join(', ')
  if (schema.const !== undefined) return `\`${schema.const}\``
  switch (schema.type) {
    case 'boolean':
      return '`true`, `false`'
    case 'integer':
      return wholeNumber(schema)
    case 'array':
      return 'list'
    case 'object':
      return 'mapping'
    default:
      return schema.pattern === durations ? 'duration' : 'text'
  }
}

function wholeNumber({ minimum = 0, maximum }: Schema): string {
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  return bounded ? `whole number, ${minimum} to ${maximum}` : `whole number from ${minimum} on`
}

function defaultOf({ default: value }: Schema): string {
  if (value === undefined || (typeof value === 'object' && value !== null)) return ''
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``
}
