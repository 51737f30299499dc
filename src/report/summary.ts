import { acceptingLines, changingLines, type Finding } from '../plan/finding.ts'
import { missing } from '../plan/steps.ts'
import type { Hop } from '../versions/hops.ts'
import { boundedTable, count, firstPart, formatDuration, lastPart, table } from './format.ts'
import type { Check, FailureReport, NodeReport, OfflineReport, Report, Result } from './model.ts'
import { codeBlock, escapeHtml, escapeMarkdown } from './neutralise.ts'
import { cleanupSentence, leftoversBlock } from './leftovers.ts'
import { recoveryBlock, recoverySentence } from './recovery.ts'
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
    report.failure === undefined ? '' : failureBlock(report.failure, bytes * 0.15),
    report.brokenLock === undefined
      ? ''
      : `⚠️ The lock of \`${escapeMarkdown(report.brokenLock)}\` was broken with \`break-lock\`.`,
    skippedBlock(report.nodes, bytes * 0.1),
    findingsBlock(report.findings, bytes * 0.2),
    nodesTable(report, bytes * 0.25),
    timeline(report.nodes),
    recoveryBlock(report, bytes * 0.1),
    leftoversBlock(report, bytes * 0.2),
    checksBlock(report.checks, bytes * 0.15),
  ].filter(Boolean)
  const foot = [
    report.plan === undefined ? '' : `Plan digest \`${report.plan.digest}\``,
    runUrl === undefined ? '' : `[Workflow run](${runUrl})`,
  ].filter(Boolean)
  return joinBounded(
    bytes,
    head,
    report.nodes
      .filter((node) => hasDetails(node, report))
      .toSorted(failedFirst)
      .map((node) => nodeDetails(node, report)),
    foot.join(' · '),
  )
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
      return `${capital(cluster)} is at **${plan.currentVersion}** and would be upgraded to **${plan.targetVersion}**${over(plan.hops)}: ${plannedWork(report)}. At most ${count(plan.maxUnavailable, 'worker')} out of service at once.`
    case 'unchanged':
      return `${subject(report.phase, cluster)} is at **${plan.targetVersion}**: nothing was changed. Looked for ${took}.`
    case 'upgraded':
      return `${count(upgraded, 'node')} of ${cluster} upgraded to **${plan.targetVersion}** in ${took}.`
    default:
      return `${capital(cluster)}, from **${plan.currentVersion}** to **${plan.targetVersion}**: ${count(upgraded, 'node')} upgraded in ${took}.`
  }
}

/** The minors on the way, where there are any. */
function over(hops: readonly Hop[]): string {
  const between = hops.slice(0, -1).map((hop) => `**${hop.to}**`)
  return between.length === 0 ? '' : ` over ${between.join(' and ')}`
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

function plannedWork(report: Report): string {
  const todo = report.plan?.nodes.filter((node) => missing(node.steps ?? []).length > 0) ?? []
  const controlPlanes = todo.filter((node) => node.role === 'control-plane').length
  return `${count(controlPlanes, 'control plane node')} one after the other, then ${count(todo.length - controlPlanes, 'worker')}`
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

function failureBlock(failure: FailureReport, bytes: number): string {
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
  const seen = failure.seen?.trim()
  // A character is up to four bytes.
  return seen ? `${lines.join('\n')}\n\n${codeBlock(lastPart(seen, bytes / 8))}` : lines.join('\n')
}

const severityIcons = { blocks: '⛔ blocks', warns: '⚠️ warns', tells: 'ℹ️ tells' } as const

/** Nodes named in one row of a finding; more are counted. */
const namedNodes = 8

function findingsBlock(findings: readonly Finding[], bytes: number): string {
  if (findings.length === 0) return ''
  const groups = Map.groupBy(findings, (finding) => `${finding.id}\n${finding.severity}\n${finding.remedy}`)
  const rows = [...groups.values()].map((group) => {
    const [first] = group
    if (first === undefined) return []
    const nodes = group.flatMap((finding) => finding.node ?? [])
    const more = nodes.length > namedNodes ? ` and ${nodes.length - namedNodes} more` : ''
    const state = first.accepted === undefined ? severityIcons[first.severity] : '☑️ accepted'
    const remedy = first.accepted === undefined ? first.remedy : `Accepted: ${first.accepted}`
    return [
      state,
      `\`${first.id}\``,
      escapeMarkdown(nodes.slice(0, namedNodes).join(', ') + more),
      escapeMarkdown(firstPart(first.seen, maxCell)),
      escapeMarkdown(firstPart(remedy, maxCell)),
    ]
  })
  const found = boundedTable(bytes, ['', 'id', 'nodes', 'seen', 'what to do'], rows, 'finding')
  return ['### Findings', found, policyBlock(findings)].filter(Boolean).join('\n\n')
}

/** What a policy would say to live with the findings that block, and with what they would not be there. */
function policyBlock(findings: readonly Finding[]): string {
  const accepting = acceptingLines(findings)
  const changing = changingLines(findings)
  if (accepting === undefined && changing === undefined) return ''
  return [
    '<details><summary>Policy that accepts what blocks, or changes it, where that is possible</summary>',
    accepting === undefined ? '' : `Every finding needs a reason of yours.\n\n${codeBlock(accepting)}`,
    changing === undefined
      ? ''
      : `With these lines the findings named beside them go away.\n\n${codeBlock(changing)}`,
    '</details>',
  ]
    .filter(Boolean)
    .join('\n\n')
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

function hasDetails(node: NodeReport, report: Report): boolean {
  return node.steps.length > 0 || (report.result === 'planned' && plannedSteps(node, report).length > 0)
}

function plannedSteps(node: NodeReport, report: Report) {
  return missing(report.plan?.nodes.find((one) => one.name === node.name)?.steps ?? [])
}

const stepIcons = { done: '✅', skipped: '⏭️ already true', failed: '❌' } as const

function nodeDetails(node: NodeReport, report: Report): string {
  const open = node.state === 'failed' ? ' open' : ''
  const rows =
    node.steps.length > 0
      ? stepTable(['step', '', 'took', 'why'], node.steps, (step) => [
          step.id,
          stepIcons[step.state],
          step.state === 'skipped' ? '' : formatDuration(step.milliseconds),
          escapeMarkdown(firstPart(step.why, maxCell)),
        ])
      : stepTable(['step', 'why'], plannedSteps(node, report), (step) => [
          step.id,
          escapeMarkdown(firstPart(step.why, maxCell)),
        ])
  const steps = node.steps.length > 0 ? 'steps' : 'planned steps'
  return `<details${open}><summary><b>${escapeHtml(node.name)}</b>: ${steps}</summary>\n\n${rows}\n\n</details>`
}

/** With a column for the hop where there are several. */
function stepTable<T extends { version: string | undefined }>(
  head: readonly string[],
  steps: readonly T[],
  row: (step: T) => string[],
): string {
  if (new Set(steps.map((step) => step.version)).size < 2) return table(head, steps.map(row))
  return table(
    ['hop', ...head],
    steps.map((step) => [step.version ?? '', ...row(step)]),
  )
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
