/**
 * `node .ci/pictures.ts [FOLDER]`: the pictures in docs/pictures, made with Chromium from the Markdown that people get.
 * FOLDER is what `npm run test:act -- --lab NAME --pages FOLDER` has kept of a real cluster: the plan as a comment, a run that
 * went well, one that failed. Without it only the plan of a generated cluster of 500 nodes.
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

/** Pictures of what a run of the manual caller left on a real cluster. */
function picturesOf(folder: string): void {
  const read = (file: string): string => readFileSync(join(folder, 'one-fails', file), 'utf8')
  const plan = JSON.parse(read('artifacts/plan-prod/report-plan.json')) as Report
  picture('plan-comment', 'ops-bot commented', planComment(plan, '<!-- plan -->', undefined))
  picture('run-good', 'Upgrade a cluster · Control plane summary', read('control-plane.md'))
  picture('run-failed', 'Upgrade a cluster · Workers w2 summary', read('workers-w2.md'))
}

const [given] = process.argv.slice(2)
if (given !== undefined) picturesOf(given)
picture('plan-500-nodes', 'Upgrade a cluster · Plan summary', summary(largePlan(500)))
