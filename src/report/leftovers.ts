import { boundedTable, count, formatSize } from './format.ts'
import type { LeftoverReport, Report } from './model.ts'
import { escapeMarkdown } from './neutralise.ts'

/** What phase cleanup did, in one sentence. */
export function cleanupSentence({ result, leftovers }: Report): string {
  const words = `${count(leftovers.length, 'item')}, ${size(leftovers)}`
  switch (result) {
    case 'unchanged':
      return 'Finished upgrades left nothing that may be removed.'
    case 'planned':
      return `Finished upgrades left ${words}, which would be removed.`
    case 'cleaned':
      return `Removed what finished upgrades left: ${words}.`
    default:
      return ''
  }
}

/** Every leftover with its size, node by node. @param bytes that it may take */
export function leftoversBlock({ leftovers, result }: Report, bytes: number): string {
  if (leftovers.length === 0) return ''
  const head = result === 'cleaned' ? '### Removed' : '### To be removed'
  const rows = leftovers.map(({ node, path, KiB, changed }) => [
    escapeMarkdown(node),
    escapeMarkdown(path),
    formatSize(KiB),
    new Date(changed).toISOString().slice(0, 16).replace('T', ' '),
  ])
  return `${head}\n\n${boundedTable(bytes, ['node', 'what', 'size', 'last changed (UTC)'], rows, 'item')}`
}

function size(leftovers: readonly LeftoverReport[]): string {
  return formatSize(leftovers.reduce((sum, { KiB }) => sum + KiB, 0))
}
