import { blocking, type Finding } from '../plan/finding.ts'
import type { Plan } from '../plan/plan.ts'
import { boundedTable, count, firstPart, formatDuration, lastPart } from './format.ts'
import { kubeadmBlock } from './kubeadm-summary.ts'
import type { Check, FailureReport, NodeReport, OfflineReport, Report, Result } from './model.ts'
import { codeBlock, escapeHtml, escapeMarkdown } from './neutralise.ts'
import { cleanupSentence, leftoversBlock } from './leftovers.ts'
import { recoveryBlock, recoverySentence } from './recovery.ts'
import { blockingBlock, otherFindings } from './plan-findings.ts'
import { digestBlock, planSentence, plannedNodes, plannedSteps, stepTable } from './plan-summary.ts'
import { timeline } from './timeline.ts'

/** How long a summary may be, and what it links to. */
export interface SummaryOptions {
  /** Bytes. */
  readonly bytes?: number
  /** Address of the workflow run. */
  readonly runUrl?: string | undefined
}

/** Bytes of a step's summary: GitHub drops one above 1 MiB as a whole. */
const maxBytes = 1_000_000

/** Characters of one text of a node in a table. */
const maxCell = 600

const resultWords: Record<Result, string> = {
  planned: 'planned',
  checked: 'checked without a connection',
  unchanged: 'nothing to do',
  upgraded: 'upgraded',
  recovered: 'recovered',
  cleaned: 'cleaned',
  blocked: 'stopped before any change',
  failed: 'failed',
}

const resultIcons: Record<Result, string> = {
  planned: '📋',
  checked: '📋',
  unchanged: '✅',
  upgraded: '✅',
  recovered: '✅',
  cleaned: '✅',
  blocked: '⛔',
  failed: '❌',
}

/**
 * The job summary, Markdown of at most `bytes` whatever the number of nodes and whatever they said: what is uneventful is
 * folded, then left out. Every part has its share, so that none can push out the others.
 */
export function summary(report: Report, { bytes = maxBytes, runUrl }: SummaryOptions = {}): string {
  const head = [
    `## ${resultIcons[report.result]} kubeadm-upgrade · ${report.phase} · ${resultWords[report.result]}`,
    sentence(report),
    report.failure === undefined ? '' : failureBlock(report.failure, report.findings, bytes * 0.15),
    report.brokenLock === undefined
      ? ''
      : `⚠️ The lock of \`${escapeMarkdown(report.brokenLock)}\` was broken with \`break-lock\`.`,
    skippedBlock(report.nodes, bytes * 0.1),
    ...(isPlan(report)
      ? planBlocks(report.plan, report.findings, bytes * 0.7)
      : runBlocks(report, bytes * 0.7)),
  ].filter(Boolean)
  const foot = [
    report.plan === undefined ? '' : `Plan digest \`${report.plan.digest}\``,
    runUrl === undefined ? '' : `[Workflow run](${runUrl})`,
  ].filter(Boolean)
  return joinBounded(
    bytes,
    head,
    report.nodes
      .filter((node) => node.steps.length > 0)
      .toSorted(failedFirst)
      .map((node) => nodeDetails(node)),
    foot.join(' · '),
  )
}

/** Whether the plan is all that there is to show: nothing was changed, and nothing was to be. */
function isPlan(report: Report): report is Report & { plan: Plan } {
  const { plan, phase, result } = report
  const ofUpgrade = phase !== 'recover' && phase !== 'cleanup'
  return plan !== undefined && ofUpgrade && (result === 'planned' || phase === 'plan')
}

/** A plan for people: what blocks, the nodes, what to read, kubeadm's own word; details folded. */
function planBlocks(plan: Plan, findings: readonly Finding[], bytes: number): string[] {
  return [
    blockingBlock(findings, bytes * 0.2),
    `### Nodes\n\n${plannedNodes(plan, bytes * 0.25)}`,
    otherFindings(findings, bytes * 0.2),
    plan.kubeadm === undefined ? '' : kubeadmBlock(plan.kubeadm, bytes * 0.2),
    plannedSteps(plan, bytes * 0.1),
    digestBlock(plan),
  ]
}

function runBlocks(report: Report, bytes: number): string[] {
  return [
    blockingBlock(report.findings, bytes * 0.15),
    otherFindings(report.findings, bytes * 0.15),
    nodesTable(report, bytes * 0.35),
    timeline(report.nodes),
    recoveryBlock(report, bytes * 0.15),
    leftoversBlock(report, bytes * 0.3),
    checksBlock(report.checks, bytes * 0.25),
  ]
}

function joinBounded(bytes: number, head: string[], details: string[], foot: string): string {
  let text = head.join('\n\n')
  const budget = bytes - Buffer.byteLength(foot) - 200
  let used = Buffer.byteLength(text)
  let left = details.length
  for (const detail of details) {
    used += Buffer.byteLength(detail) + 2
    if (used > budget) break
    text += `\n\n${detail}`
    left--
  }
  if (left > 0) text += `\n\nThe steps of ${count(left, 'more node')} are in the report.`
  return `${[text, foot].filter(Boolean).join('\n\n')}\n`
}

function sentence(report: Report): string {
  const { plan, offline } = report
  if (offline !== undefined) return offlineSentence(offline)
  if (report.phase === 'cleanup') return cleanupSentence(report)
  if (report.phase === 'recover') return recoverySentence(report)
  if (plan === undefined) return ''
  const cluster =
    plan.cluster.name === undefined ? 'the cluster' : `cluster **${escapeMarkdown(plan.cluster.name)}**`
  const took = formatDuration(report.finishedAt - report.startedAt)
  const upgraded = report.nodes.filter((node) => node.state === 'upgraded').length
  switch (report.result) {
    case 'planned':
      return planSentence(plan)
    case 'unchanged':
      return `${subject(report.phase, cluster)} is at **${plan.targetVersion}**: nothing was changed. Looked for ${took}.`
    case 'upgraded':
      return `${count(upgraded, 'node')} of ${cluster} upgraded to **${plan.targetVersion}** in ${took}.`
    case 'blocked':
      if (report.phase === 'plan') return planSentence(plan)
    // falls through
    default:
      return `${capital(cluster)}, from **${plan.currentVersion}** to **${plan.targetVersion}**: ${count(upgraded, 'node')} upgraded in ${took}.`
  }
}

function offlineSentence({
  cluster,
  version,
  controlPlanes,
  workers,
  discoverWorkers,
}: OfflineReport): string {
  const found = discoverWorkers ? 'and the workers that the cluster has' : count(workers, 'worker')
  return [
    `Version ${escapeMarkdown(version)} for ${cluster === undefined ? 'the cluster' : `cluster **${escapeMarkdown(cluster)}**`}: ${count(controlPlanes, 'control plane node')}, ${found}. The inventory, the policy and the version were read and checked.`,
    '**Nothing was connected to**: runs of pull requests from forks and of Dependabot get no key. Not known are the state of the nodes and of the cluster, whether the packages are on offer, and so what the upgrade would do and whether something speaks against it.',
  ].join('\n\n')
}

/** What a phase that changed nothing speaks of. */
function subject(phase: Report['phase'], cluster: string): string {
  if (phase === 'control-plane') return `The control plane of ${cluster}`
  return phase === 'workers' ? `Every worker that was asked for in ${cluster}` : capital(cluster)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Skipped nodes that are told one by one; the others stand in the table only. */
const maxSkipped = 20

/** Nodes that the policy went on without: each with what kept it. */
function skippedBlock(nodes: readonly NodeReport[], bytes: number): string {
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

function failureBlock(failure: FailureReport, findings: readonly Finding[], bytes: number): string {
  const where = [
    failure.node && `node **${escapeMarkdown(failure.node)}**`,
    failure.step && `step \`${failure.step}\``,
  ]
    .filter(Boolean)
    .join(', ')
  const lines = [
    `> [!CAUTION]`,
    `> **${failure.reason}**${where === '' ? '' : ` at ${where}`}: ${escapeMarkdown(firstPart(failure.message, bytes / 4))}`,
    ...(failure.next === undefined
      ? []
      : ['>', `> **Next:** ${escapeMarkdown(firstPart(failure.next, maxCell))}`]),
  ]
  // What blocks is listed right below.
  const [first] = blocking(findings)
  const listed = first !== undefined && failure.message.startsWith(first.seen)
  const seen = listed ? '' : failure.seen?.trim()
  // A character is up to four bytes.
  return seen ? `${lines.join('\n')}\n\n${codeBlock(lastPart(seen, bytes / 8))}` : lines.join('\n')
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

function nodesTable({ nodes, result }: Report, bytes: number): string {
  if (nodes.length === 0) return ''
  return boundedTable(
    bytes,
    ['node', 'role', 'kubelet', 'API server', 'etcd', 'result', 'took', 'out of service'],
    nodes.toSorted(failedFirst).map((node) => [
      `**${escapeMarkdown(node.name)}**`,
      node.role === 'worker' ? 'worker' : 'control plane',
      change(node.before.kubelet, node.after?.kubelet),
      change(node.before.apiServer, node.after?.apiServer),
      change(node.before.etcd, node.after?.etcd),
      // A phase leaves other nodes alone; "planned" would promise something of them.
      node.state === 'planned' && result !== 'planned' ? '' : stateIcons[node.state],
      node.steps.length === 0 ? '' : formatDuration(took(node)),
      node.outOfService === undefined ? '' : formatDuration(node.outOfService),
    ]),
    'node',
  )
}

function change(before: string, after: string | undefined): string {
  if (after === undefined || after === before) return escapeMarkdown(before)
  return `${escapeMarkdown(before)} → ${escapeMarkdown(after)}`
}

function took(node: NodeReport): number {
  return node.steps.reduce((sum, step) => sum + step.milliseconds, 0)
}

function failedFirst(a: NodeReport, b: NodeReport): number {
  return Number(b.state === 'failed') - Number(a.state === 'failed')
}

const stepIcons = { done: '✅', skipped: '⏭️ already true', failed: '❌' } as const

function nodeDetails(node: NodeReport): string {
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
