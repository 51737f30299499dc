import { boundedTable, formatSize, table } from './format.ts'
import type { Report } from './model.ts'
import { escapeMarkdown } from './neutralise.ts'

/** What phase recover came to, in one sentence. */
export function recoverySentence({ result, recovery }: Report): string {
  const last = recovery.steps.at(-1)
  if (last === undefined) return ''
  const state = `**${escapeMarkdown(last.title)}.** ${escapeMarkdown(last.seen)}`
  const next = `\n\n**${result === 'planned' ? 'Would be done' : 'Next'}:** ${escapeMarkdown(last.todo)}`
  return result === 'unchanged' || result === 'recovered' || result === 'planned' ? state + next : ''
}

/** What was found step by step, and what the nodes hold to recover from. @param bytes that the latter may take */
export function recoveryBlock({ recovery }: Report, bytes: number): string {
  const { steps, backups } = recovery
  if (steps.length === 0 && backups.length === 0) return ''
  const found = table(
    ['found', 'node', 'seen', 'what to do'],
    steps.map(({ title, node, seen, todo }) => [title, node ?? '', seen, todo].map(escapeMarkdown)),
  )
  const rows = backups.map(({ node, name, holds, KiB, changed }) => [
    escapeMarkdown(node),
    escapeMarkdown(name),
    escapeMarkdown(holds),
    formatSize(KiB),
    new Date(changed).toISOString().slice(0, 19).replace('T', ' '),
  ])
  const list = boundedTable(
    bytes,
    ['node', 'folder or file', 'holds', 'size', 'last changed (UTC)'],
    rows,
    'folder',
  )
  return [
    steps.length === 0 ? '' : `### What was found\n\n${found}`,
    backups.length === 0 ? '' : `### What the nodes hold to recover from\n\n${list}`,
  ]
    .filter(Boolean)
    .join('\n\n')
}
