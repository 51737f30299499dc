import { blocking, type Finding } from '../plan/finding.ts'
import type { Plan } from '../plan/plan.ts'
import { count, firstPart, formatDuration, lastPart } from './format.ts'
import { kubeadmBlock } from './kubeadm-summary.ts'
import type { FailureReport, NodeReport, OfflineReport, Report, Result } from './model.ts'
import { codeBlock, escapeMarkdown } from './neutralise.ts'
import { cleanupSentence } from './leftovers.ts'
import { recoverySentence } from './recovery.ts'
import { blockingBlock, otherFindings } from './plan-findings.ts'
import { digestBlock, planSentence, plannedNodes, plannedSteps } from './plan-summary.ts'
import { failedFirst, nodeDetails, runBlocks, skippedBlock } from './run-summary.ts'

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

/** A verify that fails stops nothing: it is about what others have changed, or not. */
function resultWord({ result, failure, nodes }: Report): string {
  if (result === 'unchanged' && skippedIn(nodes) > 0) return 'skipped'
  return failure?.reason === 'verify-failed' && result === 'blocked' ? 'not all is done' : resultWords[result]
}

function skippedIn(nodes: readonly NodeReport[]): number {
  return nodes.filter(({ state }) => state === 'skipped').length
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
    `## ${resultIcons[report.result]} kubeadm-upgrade · ${report.phase} · ${resultWord(report)}`,
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
    report.result === 'failed' && runUrl !== undefined
      ? '**Re-run failed jobs** there goes on from where it stopped'
      : '',
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
  const skipped = skippedIn(report.nodes)
  switch (report.result) {
    case 'planned':
      return planSentence(plan)
    case 'unchanged':
      if (skipped > 0)
        return `${capital(count(skipped, 'node'))} of ${cluster} skipped and in service again with the old kubelet, not at **${plan.targetVersion}**; nothing else was to be done. Looked for ${took}.`
      return `${subject(report.phase, cluster)} is at **${plan.targetVersion}**: nothing was changed. Looked for ${took}.`
    case 'upgraded':
      return `${count(upgraded, 'node')} of ${cluster} upgraded to **${plan.targetVersion}** in ${took}${skipped > 0 ? `, ${skipped} skipped` : ''}.`
    case 'blocked':
      if (report.phase === 'plan') return planSentence(plan)
    // falls through
    default:
      if (report.failure?.reason === 'verify-failed' && upgraded === 0)
        return `${capital(cluster)} is not completely at **${plan.targetVersion}**. Looked for ${took}.`
      return stoppedSentence(plan, cluster, `${count(upgraded, 'node')} upgraded in ${took}.`)
  }
}

/** Once the API servers are at the target, where they came from is not known any more. */
function stoppedSentence({ currentVersion, targetVersion }: Plan, cluster: string, done: string): string {
  const from = currentVersion === targetVersion ? '' : `from **${currentVersion}** `
  return `${capital(cluster)}, ${from}to **${targetVersion}**: ${done}`
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
