/** `npm run demo`: the built action upgrades a simulated cluster, phase by phase, as a workflow would. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundle, startAction, type ActionResult } from './action.ts'
import { faults, parseFault } from './faults.ts'
import { RunnerLog } from './runner-log.ts'
import { Simulation } from './simulation.ts'
import { summaryPage, type SummaryOfStep } from './summary-page.ts'

const usage = `usage: npm run demo -- [--fault NAME[@NODE]] [--version vX.Y.Z] [--html FILE]

Upgrades a simulated cluster of three control plane nodes and two workers with dist/index.js: plan, control-plane, workers,
verify, and once more. The cluster is fast: what takes a minute on a real one takes about a second here. With a fault, the run that it stops is followed by the repair and by the run that goes on from there.

Faults:
${Object.entries(faults)
  .map(([name, { description }]) => `  ${name.padEnd(20)} ${description}`)
  .join('\n')}
`

const { values } = parseArgs({
  options: {
    fault: { type: 'string' },
    version: { type: 'string', default: 'v1.37.1' },
    html: { type: 'string', default: '.sim/summary.html' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) process.stdout.write(usage)
else if (!existsSync(bundle)) {
  console.error('dist/index.js is missing: npm run build')
  process.exitCode = 1
} else await demo()

async function demo(): Promise<void> {
  const started = Date.now()
  const chosen = values.fault === undefined ? undefined : parseFault(values.fault)
  const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-demo-'))
  const simulation = await Simulation.start({ folder, controlPlanes: 3, workers: 2, timeScale: 0.02 })
  const summaries: SummaryOfStep[] = []
  try {
    tell(
      `A simulated cluster of ${simulation.nodes.size} nodes runs: SSH servers on loopback, Kubernetes v1.36.4.`,
    )
    let repair = chosen?.fault.inject(simulation, chosen.place)
    if (chosen !== undefined) tell(`Fault ${chosen.name}: ${chosen.fault.description}`)
    const digest: { value?: string } = {}
    for (const phase of [
      'plan',
      'control-plane',
      'workers',
      'verify',
      'plan',
      'control-plane',
      'workers',
      'verify',
    ]) {
      let result = await step(simulation, phase, digest, summaries)
      if ((result.code !== 0 || result.signal !== null) && repair !== undefined) {
        repair()
        repair = undefined
        tell(`${chosen?.fault.repair ?? 'Nothing has to be repaired.'} The phase is run again.`)
        result = await step(simulation, phase, digest, summaries)
      }
      if (result.code !== 0) {
        process.exitCode = 1
        break
      }
      digest.value = result.outputs['plan-digest'] ?? ''
    }
  } finally {
    await simulation.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const page = writePage(summaries)
  tell(`Took ${Math.round((Date.now() - started) / 1000)} s.`)
  console.log(`The summaries, as the page of a run shows them:\n\n  ${pathToFileURL(page).href}\n`)
}

/** One step of a workflow. */
async function step(
  simulation: Simulation,
  phase: string,
  digest: { value?: string },
  summaries: SummaryOfStep[],
): Promise<ActionResult> {
  const number = summaries.length + 1
  tell(`Step ${number}: phase ${phase}`)
  // A path on a node, without the folder that the node lives in here.
  const nodes = join(simulation.folder, 'nodes')
  const log = new RunnerLog((line) => console.log(line.replaceAll(new RegExp(`${nodes}/[^/ ]+`, 'g'), '')))
  const action = startAction({
    inputs: { ...simulation.inputs(phase, values.version), 'plan-digest': digest.value },
    folder: join(simulation.folder, `step-${number}`),
    workspace: simulation.folder,
    onLog: (text) => log.write(text),
  })
  simulation.killRunner = () => void action.process.kill('SIGKILL')
  const result = await action.ended
  simulation.killRunner = () => undefined
  if (result.signal !== null) tell(`The runner was killed (${result.signal}).`)
  console.log()
  // Files of the run go with the demo.
  const outputs = Object.entries(result.outputs).filter(([name]) => name !== 'plan' && name !== 'report')
  for (const [name, value] of outputs) console.log(`  ${name} = ${value}`)
  summaries.push({ title: `Step ${number}: ${phase}`, markdown: result.summary })
  return result
}

function writePage(summaries: readonly SummaryOfStep[]): string {
  const file = resolve(values.html)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, summaryPage(summaries))
  return file
}

function tell(text: string): void {
  console.log(`\n━━ ${text}\n`)
}
