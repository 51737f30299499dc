import { firstPart, formatDuration, boundedTable, count, lastPart } from './format.ts'
import { leftoversBlock } from './leftovers.ts'
import type { Check, NodeReport, Report } from './model.ts'
import { codeBlock, escapeHtml, escapeMarkdown } from './neutralise.ts'
import { blockingBlock, foldedFindings, otherFindings } from './plan-findings.ts'
import { folded, stepTable } from './plan-summary.ts'
import { recoveryBlock } from './recovery.ts'
import { timeline } from './timeline.ts'

/** Characters of one text of a node in a table. */
const maxCell = 600

/**
 * What a phase that ran has to show, in the order in which somebody wants to know it who was woken up by it: what blocks, who
 * is out of service, what became of the nodes, when; what the plan warned of comes last.
 */
export function runBlocks(report: Report, bytes: number): string[] {
  return [
    blockingBlock(report.findings, bytes * 0.15),
    outBlock(report),
    nodesTable(report, bytes * 0.35),
    timeline(report.nodes),
    recoveryBlock(report, bytes * 0.15),
    leftoversBlock(report, bytes * 0.3),
    checksBlock(report.checks, bytes * 0.25),
    // A plan of a pull request from a fork is read like any other.
    (report.phase === 'plan' ? otherFindings : foldedFindings)(report.findings, bytes * 0.1),
  ]
}

/** Skipped nodes that are told one by one; the others stand in the table only. */
const maxSkipped = 20

/** Nodes that the policy went on without: each with what kept it. */
export function skippedBlock(nodes: readonly NodeReport[], bytes: number): string {
  const all = nodes.flatMap(({ name, skipped }) => (skipped === undefined ? [] : [{ name, skipped }]))
  const shown = all.slice(0, maxSkipped)
  const blocks = shown.map(({ name, skipped: { reason, message, seen = '' } }) => {
    const text = `> [!WARNING]\n> **${escapeMarkdown(name)} was skipped** (${reason}): ${escapeMarkdown(firstPart(message, maxCell))}`
    return seen.trim() === ''
      ? text
      : `${text}\n\n${codeBlock(lastPart(seen.trim(), bytes / maxSkipped / 8))}`
  })
  return blocks.join('\n\n')
}

/** Nodes named as out of service; more are counted. */
const maxOut = 20

/** Whether a node was taken out of service and not seen back. */
function isOut({ outSince, outOfService }: NodeReport): boolean {
  return outSince !== undefined && outOfService === undefined
}

/** What an upgrade that stopped has left out of service: the first thing that one has to know about a failure. */
function outBlock({ nodes, result }: Report): string {
  const out = nodes.filter(isOut)
  if (out.length === 0) return result === 'failed' ? 'No node was left out of service by this run.' : ''
  const names = out.slice(0, maxOut).map(({ name, outSince = 0 }) => {
    return `**${escapeMarkdown(name)}** (since ${new Date(outSince).toISOString().slice(11, 16)} UTC)`
  })
  const more = out.length > maxOut ? ` and ${out.length - maxOut} more` : ''
  return `⚠️ Taken out of service and not seen back: ${names.join(', ')}${more}.`
}

const stateIcons: Record<NodeReport['state'], string> = {
  planned: '📋 planned',
  unchanged: '✅ nothing to do',
  upgraded: '✅ upgraded',
  recovered: '✅ recovered',
  cleaned: '🧹 cleaned',
  skipped: '⏭️ skipped',
  failed: '❌ failed',
  'not-started': '⏸️ not started',
}

/** Nodes that a phase was not about stand below, folded: a job of one worker among hundreds is about one row. */
function nodesTable({ nodes, result }: Report, bytes: number): string {
  const isOther = (node: NodeReport): boolean =>
    node.state === 'planned' && node.steps.length === 0 && result !== 'planned'
  const [own, others] = [nodes.filter((node) => !isOther(node)), nodes.filter(isOther)]
  const parts = [
    own.length === 0 ? '' : tableOf(own, bytes * 0.7),
    others.length === 0
      ? ''
      : folded(
          `${count(others.length, 'other node')}, not touched by this run`,
          tableOf(others, bytes * 0.3),
        ),
  ]
  return parts.filter(Boolean).join('\n\n')
}

function tableOf(nodes: readonly NodeReport[], bytes: number): string {
  const columns: readonly (readonly [string, (node: NodeReport) => string])[] = [
    ['node', ({ name }) => `**${escapeMarkdown(name)}**`],
    ['role', ({ role }) => (role === 'worker' ? 'worker' : 'control plane')],
    ['kubelet', ({ before, after }) => change(before.kubelet, after?.kubelet)],
    ['API server', ({ before, after }) => change(before.apiServer, after?.apiServer)],
    ['etcd', ({ before, after }) => change(before.etcd, after?.etcd)],
    ['result', stateOf],
    ['took', (node) => (node.steps.length === 0 ? '' : formatDuration(took(node)))],
    ['out of service', outOf],
  ]
  // Workers have no API server, and not every phase takes nodes out of service.
  const filled = columns.filter(([, cell]) => nodes.some((node) => cell(node) !== ''))
  return boundedTable(
    bytes,
    filled.map(([head]) => head),
    nodes.toSorted(failedFirst).map((node) => filled.map(([, cell]) => cell(node))),
    'node',
  )
}

/** A phase leaves other nodes alone; "planned" would promise something of them. */
function stateOf({ state, steps }: NodeReport): string {
  return state === 'planned' && steps.length === 0 ? '' : stateIcons[state]
}

function outOf(node: NodeReport): string {
  if (isOut(node)) return '⚠️ not back'
  return node.outOfService === undefined ? '' : formatDuration(node.outOfService)
}

function change(before: string, after: string | undefined): string {
  if (after === undefined || after === before) return escapeMarkdown(before)
  return `${escapeMarkdown(before)} → ${escapeMarkdown(after)}`
}

function took(node: NodeReport): number {
  return node.steps.reduce((sum, step) => sum + step.milliseconds, 0)
}

export function failedFirst(a: NodeReport, b: NodeReport): number {
  return Number(b.state === 'failed') - Number(a.state === 'failed')
}

const stepIcons = { done: '✅', skipped: '⏭️ already true', failed: '❌' } as const

export function nodeDetails(node: NodeReport): string {
  const open = node.state === 'failed' ? ' open' : ''
  const rows = stepTable(['step', '', 'took', 'why'], node.steps, (step) => [
    step.id,
    stepIcons[step.state],
    step.state === 'skipped' ? '' : formatDuration(step.milliseconds),
    escapeMarkdown(firstPart(step.why, maxCell)),
  ])
  return `<details${open}><summary><b>${escapeHtml(node.name)}</b>: steps</summary>\n\n${rows}\n\n</details>`
}

function checksBlock(checks: readonly Check[], bytes: number): string {
  if (checks.length === 0) return ''
  const failed = checks.filter((check) => !check.passed)
  const row = (check: Check): string[] => [
    check.passed ? '✅' : '❌',
    escapeMarkdown(check.node ?? 'cluster'),
    check.name,
    escapeMarkdown(firstPart(check.seen, maxCell)),
  ]
  const head = ['', 'where', 'check', 'seen']
  const proof = `<details><summary>${checks.length - failed.length} of ${checks.length} checks passed</summary>\n\n${boundedTable(bytes / 3, head, checks.map(row), 'check')}\n\n</details>`
  return failed.length === 0
    ? proof
    : `### Failed checks\n\n${boundedTable((bytes * 2) / 3, head, failed.map(row), 'failed check')}\n\n${proof}`
}
