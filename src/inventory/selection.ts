import { Failure } from '../failure.ts'

/**
 * The names in the input `nodes`: separated by any white space or commas, or a JSON list of strings, as `fromJSON` matrices and
 * our outputs write them. Names that stand there twice count once. Never throws.
 */
export function parseNodeNames(text: string): { names: string[] } | { problem: string } {
  const value = text.trim()
  const listed = value.startsWith('[')
    ? jsonNames(value)
    : value.split(/[\s,]+/).filter((name) => name !== '')
  if (listed === undefined)
    return {
      problem: `got ${JSON.stringify(value.slice(0, 80))}; accepts a JSON list of names, such as ["w1", "w2"]`,
    }
  // An expression that came out empty must not mean all nodes: that is what leaving the input out is for.
  if (listed.length === 0)
    return {
      problem: `got ${JSON.stringify(value)}, which names no node; accepts names, or nothing at all for every node`,
    }
  return { names: [...new Set(listed)] }
}

/**
 * The nodes that `names` limits a phase to, in the order of `nodes`; all of them when `names` is undefined.
 * @param nodes all nodes that are known: the inventory's, and the discovered ones
 * @throws {Failure} `invalid-input` that lists all names nobody knows
 */
export function selectNodes<Node extends { readonly name: string }>(
  nodes: readonly Node[],
  names: readonly string[] | undefined,
): Node[] {
  if (names === undefined) return [...nodes]
  const unknown = unknownNames(nodes, names)
  if (unknown.length > 0) {
    throw new Failure('invalid-input', `nodes: ${describeUnknownNames(nodes, unknown)}`, {
      next: 'Correct the input nodes, or add the nodes to the inventory.',
    })
  }
  return nodes.filter(({ name }) => names.includes(name))
}

/** Those of `names` that no node has. */
export function unknownNames(
  nodes: readonly { readonly name: string }[],
  names: readonly string[],
): string[] {
  const known = new Set(nodes.map(({ name }) => name))
  return names.filter((name) => !known.has(name))
}

/** The sentence about unknown names, all of them at once. */
export function describeUnknownNames(
  nodes: readonly { readonly name: string }[],
  unknown: readonly string[],
): string {
  const quoted = unknown.map((name) => JSON.stringify(name)).join(', ')
  const known = nodes.map(({ name }) => name)
  const shown =
    known.length <= 20 ? known.join(', ') : `${known.slice(0, 20).join(', ')} and ${known.length - 20} more`
  return `got ${quoted}, which the inventory does not have; accepts ${shown}`
}

function jsonNames(value: string): string[] | undefined {
  try {
    const data: unknown = JSON.parse(value)
    const valid = Array.isArray(data) && data.every((name) => typeof name === 'string' && name !== '')
    return valid ? (data as string[]) : undefined
  } catch {
    return undefined
  }
}
