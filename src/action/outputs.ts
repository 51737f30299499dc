import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@actions/core'
import { blocking } from '../plan/finding.ts'
import { planDocument, type Plan, type PlannedNode } from '../plan/plan.ts'
import { missing } from '../plan/steps.ts'
import { canariesOf } from '../plan/window.ts'
import type { FailureReport, Report } from '../report/model.ts'
import { neutralise } from '../report/neutralise.ts'
import { firstPart, lastPart } from '../report/format.ts'
import { summary } from '../report/summary.ts'
import { redact } from './secrets.ts'

/** GitHub makes at most this many jobs of one matrix. */
const maxMatrixJobs = 256

/** Those that are out of service first: they hold a slot of `max-unavailable` until they are upgraded. */
function workersLeft(plan: Plan): PlannedNode[] {
  const isLeft = (node: PlannedNode): boolean => node.steps === undefined || missing(node.steps).length > 0
  return plan.nodes
    .filter((node) => node.role === 'worker' && isLeft(node))
    .toSorted((a, b) => Number(b.out) - Number(a.out))
}

/** The job before the matrix: the canaries that are left, if any, and before them what is out of service. */
function canaryNodes(plan: Plan): string[] {
  const canaries = canariesOf(plan)
  const left = workersLeft(plan)
  if (!left.some(({ name }) => canaries.includes(name))) return []
  return left.filter(({ name, out }) => out || canaries.includes(name)).map(({ name }) => name)
}

/** `strategy.matrix` of the workers that are left: one job each, or several nodes in one entry where that is too many. */
export function workerMatrix(plan: Plan): { include: { batch: string; nodes: string }[] } {
  const left = workersLeft(plan).map(({ name }) => name)
  const jobs = plan.policy.workers.batches ?? maxMatrixJobs
  if (left.length <= jobs && plan.policy.workers.batches === undefined) {
    return { include: left.map((name) => ({ batch: name, nodes: name })) }
  }
  const size = Math.ceil(left.length / jobs)
  const batches = Array.from({ length: Math.ceil(left.length / size) }, (_, at) =>
    left.slice(at * size, (at + 1) * size),
  )
  return { include: batches.map((names, at) => ({ batch: `batch-${at + 1}`, nodes: names.join(' ') })) }
}

/** Publishes what a run came to: outputs, files, summary, annotation. */
export async function publish(report: Report, folder: string, runUrl?: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  core.setOutput('result', report.result)
  core.setOutput('failure-reason', report.failure?.reason ?? '')
  const { plan } = report
  if (plan !== undefined) {
    const names = (role: string): string[] =>
      plan.nodes.filter((node) => node.role === role).map((node) => node.name)
    core.setOutput('current-version', plan.currentVersion)
    core.setOutput('target-version', plan.targetVersion)
    core.setOutput('plan-digest', plan.digest)
    core.setOutput('control-plane-nodes', JSON.stringify(names('control-plane')))
    core.setOutput('worker-nodes', JSON.stringify(names('worker')))
    core.setOutput('worker-matrix', JSON.stringify(workerMatrix(plan)))
    core.setOutput('max-parallel', String(plan.maxUnavailable))
    core.setOutput('canary-nodes', canaryNodes(plan).join(' '))
    core.setOutput('plan', write(folder, 'plan.json', planDocument(plan)))
  }
  core.setOutput(
    'report',
    write(folder, `report-${report.phase}.json`, `${JSON.stringify(report, undefined, 2)}\n`),
  )
  if (process.env['GITHUB_STEP_SUMMARY'] !== undefined)
    await core.summary.addRaw(redact(summary(report, { runUrl }))).write()
  annotate(report)
  if (report.failure !== undefined) tellFailure(report.failure)
}

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, redact(text))
  return file
}

/** Characters of an annotation; the page of a run shows less. */
const maxAnnotation = 16_000

function annotation(text: string): string {
  return neutralise(firstPart(text, maxAnnotation))
}

/** Characters of what a failure saw, in the log. */
const maxSeen = 64 * 1024

/** Annotations beside that of the failure: the runner keeps ten of a step. */
const maxAnnotations = 9

/** What else stands in the way: an annotation for each failed node and each finding that blocks, but the failure's own. */
function annotate({ nodes, findings, failure }: Report): void {
  const failed = nodes.filter((node) => node.state === 'failed' && node.name !== failure?.node)
  const others = failure === undefined ? [] : blocking(findings)
  const texts = [
    ...failed.map((node) => {
      const step = node.steps.find((one) => one.state === 'failed')
      return step === undefined
        ? `node ${node.name} failed; what was seen is in the summary`
        : `node ${node.name} failed in step ${step.id}; its steps are in the summary`
    }),
    ...(others.length < 2 ? [] : others).map(
      ({ id, node, seen, remedy }) =>
        `${id}${node === undefined ? '' : ` (node ${node})`}: ${seen}\nNext: ${remedy}`,
    ),
  ]
  for (const text of texts.slice(0, maxAnnotations)) core.error(annotation(text))
  for (const { name, skipped } of nodes.filter((node) => node.skipped !== undefined).slice(0, maxAnnotations))
    core.warning(
      annotation(
        `node ${name} was skipped (${skipped?.reason ?? ''}): ${skipped?.message ?? ''}\n${skipped?.seen ?? ''}`,
      ),
    )
}

/** The failure in the log and as an annotation: what happened, where, what was seen, what to do. */
function tellFailure(failure: FailureReport): void {
  const where = [failure.node && `node ${failure.node}`, failure.step && `step ${failure.step}`]
    .filter(Boolean)
    .join(', ')
  if (failure.seen) core.info(neutralise(lastPart(failure.seen, maxSeen)).replace(/^/gm, '  | '))
  const next = failure.next === undefined ? '' : `\nNext: ${failure.next}`
  core.setFailed(
    annotation(`${failure.reason}${where === '' ? '' : ` (${where})`}: ${failure.message}${next}`),
  )
}
