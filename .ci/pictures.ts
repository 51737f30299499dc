/**
 * `node .ci/pictures.ts [REPORT.json]`: the pictures of plans in docs/pictures, made with Chromium from the summaries that
 * people get: of a generated cluster of 500 nodes, and of the report of a real plan (the lab's) when one is given.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { summaryPage } from '../lab/sim/summary-page.ts'
import { largePlan } from '../__tests__/report/large-plan.ts'
import type { Report } from '../src/report/model.ts'
import { summary } from '../src/report/summary.ts'

const folder = join(import.meta.dirname, '../docs/pictures')

function picture(name: string, report: Report, height: number): void {
  const markdown = summary(report)
  const page = join(mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-picture-')), `${name}.html`)
  writeFileSync(page, summaryPage([{ title: 'plan', markdown }]))
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.png`)
  const options = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--force-device-scale-factor=0.85',
    `--window-size=1000,${height}`,
  ]
  execFileSync('chromium', [...options, `--screenshot=${file}`, `file://${page}`], { stdio: 'ignore' })
  console.log(`${file}: a summary of ${Buffer.byteLength(markdown)} bytes`)
}

const [given] = process.argv.slice(2)
if (given !== undefined) picture('plan-lab', JSON.parse(readFileSync(given, 'utf8')) as Report, 1500)
picture('plan-500-nodes', largePlan(500), 1440)
