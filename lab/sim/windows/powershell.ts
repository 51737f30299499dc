import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { Language, Parser, type Node } from 'web-tree-sitter'

/*
 * PowerShell as a text: no PowerShell runs here. The grammar (tree-sitter-powershell) says whether a script is one, which
 * script of ours it is, and what its arguments are.
 */

const resolve = createRequire(import.meta.url).resolve
let ready: Promise<Parser> | undefined

function parser(): Promise<Parser> {
  ready ??= (async () => {
    await Parser.init()
    const grammar = await readFile(resolve('tree-sitter-powershell/tree-sitter-powershell.wasm'))
    const made = new Parser()
    made.setLanguage(await Language.load(grammar))
    return made
  })()
  return ready
}

async function parse(text: string): Promise<Node> {
  const tree = (await parser()).parse(text)
  if (tree === null) throw new Error('the grammar was not loaded')
  return tree.rootNode
}

/** What is no PowerShell in a text: line and the text there; empty when all of it is. */
export async function syntaxErrors(text: string): Promise<string[]> {
  const root = await parse(text)
  const wrong = (node: Node): Node[] => {
    if (!node.hasError) return []
    if (node.isError || node.isMissing) return [node]
    return node.children.flatMap(wrong)
  }
  return wrong(root).map((node) => `line ${node.startPosition.row + 1}: ${node.text.slice(0, 80)}`)
}

/** A call of one of our scripts. */
export interface Called {
  /** Such as `windows-facts.ps1`. */
  readonly script: string
  readonly args: readonly string[]
  /** The word that has to stand before its output; empty for the file of a job. */
  readonly marker: string
}

/** Reads what was sent, or the file of a job: our scripts are one block each, with words in quotes after it. */
export async function readCall(text: string): Promise<Called> {
  const errors = await syntaxErrors(text)
  if (errors.length > 0) throw new Error(`not PowerShell: ${errors.join('; ')}`)
  const root = await parse(text)
  const calls = root.descendantsOfType('command').flatMap((node) => {
    const block = node.childForFieldName('command_name')
    return block !== null && node.text.startsWith('& {') ? [{ node, block }] : []
  })
  const named = /^\{\s*# (\S+\.ps1)\n/
  const call = calls.find(({ block }) => named.test(block.text))
  const script = named.exec(call?.block.text ?? '')?.[1]
  if (call === undefined || script === undefined) throw new Error('no script of ours')
  const words = call.node.childForFieldName('command_elements')
  const args = (words?.namedChildren ?? []).flatMap((word) =>
    word.type === 'command_argument_sep' ? [] : [unquoted(word.text)],
  )
  return { script, args, marker: /WriteLine\('(kubeadm-upgrade:[0-9a-f]+)'\)/.exec(text)?.[1] ?? '' }
}

function unquoted(word: string): string {
  return word.slice(1, -1).replaceAll(/(['\u2018-\u201b])\1/g, '$1')
}

/** Programs and cmdlets that a script runs, as they stand there, in order; those that only look are left out by the caller. */
export async function commandsOf(text: string): Promise<{ name: string; text: string }[]> {
  const root = await parse(text)
  return root
    .descendantsOfType('command')
    .map((node) => ({ name: node.childForFieldName('command_name')?.text ?? '', text: node.text }))
}
