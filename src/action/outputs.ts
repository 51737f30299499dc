import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as core from '@actions/core'
import { planDocument, type Plan } from '../plan/plan.ts'
import { missing } from '../plan/steps.ts'
import type { FailureReport, Report } from '../report/model.ts'
import { neutralise } from '../report/neutralise.ts'
import { summary } from '../report/summary.ts'

/** GitHub makes at most this many jobs of one matrix. */
const maxMatrixJobs = 256

/** `strategy.matrix` of the workers that are left: one job each, or several nodes in one entry where that is too many. */
export function workerMatrix(plan: Plan): { include: { batch: string; nodes: string }[] } {
  const left = plan.nodes
    .filter((node) => node.role === 'worker' && (node.steps === undefined || missing(node.steps).length > 0))
    .map((node) => node.name)
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
export async function publish(report: Report, folder: string): Promise<void> {
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
    core.setOutput('plan', write(folder, 'plan.json', planDocument(plan)))
  }
  core.setOutput(
    'report',
    write(folder, `report-${report.phase}.json`, `${JSON.stringify(report, undefined, 2)}\n`),
  )
  if (process.env['GITHUB_STEP_SUMMARY'] !== undefined) await core.summary.addRaw(summary(report)).write()
  if (report.failure !== undefined) tellFailure(report.failure)
}

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** The failure in the log and as an annotation: what happened, where, what was seen, what to do. */
function tellFailure(failure: FailureReport): void {
  const where = [failure.node && `node ${failure.node}`, failure.step && `step ${failure.step}`]
    .filter(Boolean)
    .join(', ')
  if (failure.seen) core.info(neutralise(failure.seen).replace(/^/gm, '  | '))
  const next = failure.next === undefined ? '' : `\nNext: ${failure.next}`
  core.setFailed(
    neutralise(`${failure.reason}${where === '' ? '' : ` (${where})`}: ${failure.message}${next}`),
  )
}
