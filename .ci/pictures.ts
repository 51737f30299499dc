/**
 * `node .ci/pictures.ts [PLAN.json GOOD.json FAILED.json]`: the pictures in docs/pictures, made with Chromium from the Markdown
 * that people get. The arguments are reports of a real cluster, as `npm run test:lab` and `npm run test:act -- --lab` leave them:
 * of a plan, of a run that went well, of one that failed. Without them only the plan of a generated cluster of 500 nodes.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { largePlan } from '../__tests__/report/large-plan.ts'
import { summaryPage } from '../lab/sim/summary-page.ts'
import { planComment } from '../src/report/comment.ts'
import type { Report } from '../src/report/model.ts'
import { summary } from '../src/report/summary.ts'
import { mermaidScript } from './mermaid.ts'

const pictures = join(import.meta.dirname, '../docs/pictures')

/** Pixels of a page of GitHub; the height follows from what is on it. */
const width = 1000

/** Starts nothing in the background, and leaves no profile behind. */
function chromium(folder: string, ...options: string[]): string {
  const quiet = [
    ...[
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--hide-scrollbars',
    ],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ...['--virtual-time-budget=20000', `--user-data-dir=${join(folder, 'profile')}`],
  ]
  return execFileSync('chromium', [...quiet, ...options], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
}

function picture(name: string, title: string, markdown: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-picture-'))
  try {
    const page = join(folder, 'page.html')
    const height = `<script>addEventListener('load', () => setTimeout(() => (document.title = document.documentElement.scrollHeight), 5000))</script>`
    writeFileSync(page, `${summaryPage([{ title, markdown }], pathToFileURL(mermaidScript()).href)}${height}`)
    const url = pathToFileURL(page).href
    const dom = chromium(folder, `--window-size=${width},500`, '--dump-dom', url)
    if (dom.includes('Syntax error in text')) throw new Error(`Mermaid does not take the timeline of ${name}`)
    const [, pixels = ''] = /<title>(\d+)<\/title>/.exec(dom) ?? []
    const file = join(pictures, `${name}.png`)
    mkdirSync(pictures, { recursive: true })
    const size = [`--window-size=${width},${Number(pixels) + 20}`, '--force-device-scale-factor=0.85']
    chromium(folder, ...size, `--screenshot=${file}`, url)
    console.log(`${file}: ${Buffer.byteLength(markdown)} bytes of Markdown, ${pixels} pixels`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What stands below a summary that a runner has written. */
const runUrl = 'https://github.com/ops/clusters/actions/runs/4711'

function read(file: string): Report {
  return JSON.parse(readFileSync(file, 'utf8')) as Report
}

const [plan, good, failed] = process.argv.slice(2)
if (plan !== undefined)
  picture('plan-comment', 'ops-bot commented', planComment(read(plan), '<!-- plan -->', runUrl))
if (good !== undefined) picture('run-good', 'Summary of a job', summary(read(good), { runUrl }))
if (failed !== undefined) picture('run-failed', 'Summary of a job', summary(read(failed), { runUrl }))
picture('plan-500-nodes', 'Summary of a job', summary(largePlan(500), { runUrl }))
