import { LineCounter, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml'
import type { Document, DocumentOptions, ParsedNode, SchemaOptions, YAMLMap } from 'yaml'
import type { Path, Problem } from './problems.ts'

/** YAML text as data, with the way back from a place in the data to its line. */
export interface YamlText {
  /** Plain data (no cycles, string keys); undefined when the text cannot be read at all. */
  readonly value: unknown
  /** Syntax errors, duplicate keys, unknown tags and anchors: what YAML itself says. */
  readonly problems: readonly Problem[]
  /** Line (from 1) of the key or list entry at `path`, or of the nearest parent that exists. */
  lineOf(path: Path): number
}

type YamlDocument = Document.Parsed

/** How YAML is read where it is not 1.2 with the core schema. */
export type YamlDialect = Pick<DocumentOptions, 'version'> & Pick<SchemaOptions, 'customTags'>

/**
 * Reads one YAML document, of version 1.2 unless `dialect` says otherwise; anchors, aliases and merge keys (`<<`) are resolved. Never throws.
 * Data that has a duplicate key is still returned, so that its other problems are found in the same go.
 */
export function readYaml(text: string, dialect: YamlDialect = {}): YamlText {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    stringKeys: true,
    ...dialect,
  })
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    line: lines.linePos(pos[0]).line,
    path: '',
    message: code === 'DUPLICATE_KEY' ? describeDuplicate(text.slice(pos[0])) : `YAML: ${message}`,
  }))
  const lineOf = (path: Path): number => lines.linePos(offsetOf(document, path)).line
  const unreadable = document.errors.some(({ code }) => code !== 'DUPLICATE_KEY')
  if (unreadable) return { value: undefined, problems, lineOf }
  try {
    return { value: plainData(document), problems, lineOf }
  } catch (error) {
    const message = `YAML: ${error instanceof Error ? error.message : String(error)}`
    return { value: undefined, problems: [...problems, { line: 1, path: '', message }], lineOf }
  }
}

function describeDuplicate(fromKey: string): string {
  const key = /^[^\s:]{1,80}/.exec(fromKey)?.[0] ?? ''
  return `YAML: the key ${key} stands in this mapping already`
}

/** @throws {Error} on anchors that are missing, contain themselves or multiply (an "alias bomb"). */
function plainData(document: YamlDocument): unknown {
  const value: unknown = document.toJS()
  try {
    JSON.stringify(value)
  } catch (cause) {
    throw new Error('an anchor contains itself', { cause })
  }
  return value
}

function offsetOf(document: YamlDocument, path: Path): number {
  let node: ParsedNode | null | undefined = document.contents
  let offset = node?.range[0] ?? 0
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document) as ParsedNode | undefined
    const found: Found | undefined = isMap(node)
      ? findInMap(document, node, key)
      : isSeq(node)
        ? findInList(node.items[Number(key)])
        : undefined
    if (found === undefined) return offset
    offset = found.offset
    node = found.node
  }
  return offset
}

interface Found {
  offset: number
  node: ParsedNode | null | undefined
}

function findInList(node: ParsedNode | undefined): Found | undefined {
  return node === undefined ? undefined : { offset: node.range[0], node }
}

function findInMap(document: YamlDocument, map: YAMLMap, key: PropertyKey): Found | undefined {
  const entries = map.items.map(({ key: name, value }) => ({
    name: isScalar(name) ? String(name.value) : undefined,
    offset: (name as ParsedNode).range[0],
    node: value as ParsedNode | null,
  }))
  // Of duplicate keys the last one is the value that was read.
  const own = entries.findLast(({ name }) => name === String(key))
  if (own !== undefined) return own
  for (const { name, node } of entries) {
    if (name !== '<<') continue
    for (const source of isSeq(node) ? node.items : [node]) {
      const target: unknown = isAlias(source) ? source.resolve(document) : source
      const merged = isMap(target) ? findInMap(document, target, key) : undefined
      if (merged !== undefined) return merged
    }
  }
  return undefined
}
