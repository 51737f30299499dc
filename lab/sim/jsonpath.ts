import type { Json, JsonObject } from './model/store.ts'

/**
 * The part of kubectl's jsonpath that is used here: `{.a.b[0]}`, `{"text"}`, `{range .items[*]}...{end}`, dots in a name
 * written as `\.`, and text outside of braces. https://kubernetes.io/docs/reference/kubectl/jsonpath/
 * @throws {Error} for what it does not know, so that nothing is answered wrongly
 */
export function jsonpath(template: string, root: Json): string {
  const [text, rest] = render(tokens(template), root)
  if (rest.length > 0) throw new Error(`unexpected {${rest[0] ?? ''}}`)
  return text
}

/** Text as it is, or the inside of braces after a `{`. */
function tokens(template: string): string[] {
  const found = template.match(/\{(?:"(?:\\.|[^"\\])*"|[^{}"])*\}|[^{}]+/g) ?? []
  if (found.join('') !== template) throw new Error(`unrecognized template: ${template}`)
  return found.map((token) => (token.startsWith('{') ? token.slice(0, -1) : token))
}

function render(all: readonly string[], current: Json): [string, readonly string[]] {
  let text = ''
  for (let rest = all; ; rest = rest.slice(1)) {
    const [token] = rest
    if (token === undefined || token === '{end') return [text, rest]
    if (!token.startsWith('{')) text += token
    else if (token.startsWith('{"')) text += JSON.parse(token.slice(1)) as string
    else if (token.startsWith('{range ')) {
      const items = values(token.slice('{range '.length), current)
      const body = rest.slice(1)
      let after = render(body, {})[1]
      for (const item of items) {
        const [part, left] = render(body, item)
        text += part
        after = left
      }
      if (after[0] !== '{end') throw new Error('not closed: {range}')
      rest = after
    } else text += values(token.slice(1), current).map(print).join(' ')
  }
}

/** The values that a path leads to; a missing one is left out, as kubectl does for fields. */
function values(path: string, root: Json): Json[] {
  const steps = path.match(/\.(?:\\.|[^.[\]\\])+|\[(?:\*|-?\d+)\]|^@|^\.$/g) ?? []
  if (steps.join('') !== path) throw new Error(`unrecognized path: ${path}`)
  return steps.reduce<Json[]>((found, step) => found.flatMap((value) => descend(value, step)), [root])
}

function descend(value: Json, step: string): Json[] {
  if (step === '.' || step === '@') return [value]
  if (step === '[*]') return Array.isArray(value) ? value : []
  if (step.startsWith('[')) {
    const item = Array.isArray(value) ? value.at(Number(step.slice(1, -1))) : undefined
    return item === undefined ? [] : [item]
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return []
  const inner = value[step.slice(1).replace(/\\(.)/g, '$1')]
  return inner === undefined || inner === null ? [] : [inner]
}

function print(value: Json): string {
  return typeof value === 'object' ? goJson(value) : String(value)
}

/** JSON as Go's encoding/json writes it: keys sorted, no spaces, <, > and & escaped. */
export function goJson(value: Json): string {
  const text = JSON.stringify(value, (_key, inner: Json) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? sorted(inner) : inner,
  )
  return text.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
