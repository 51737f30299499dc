/**
 * `npm run lab:upgrade [-- [--name LAB] [PHASE...] [INPUT=VALUE...]]`: runs dist/index.js on a lab as a runner would, and writes
 * each job summary beside the lab's inventory. Default: plan, control-plane, workers and verify to v1.37.1.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openLab } from '../cluster/lab.ts'
import { runAction } from './action.ts'
import { nodeTable } from './tables.ts'

const { values, positionals } = parseArgs({
  options: { name: { type: 'string', default: 'default' } },
  allowPositionals: true,
})
const named = positionals.filter((word) => !word.includes('='))
const phases = named.length > 0 ? named : ['plan', 'control-plane', 'workers', 'verify']
const given = positionals
  .filter((word) => word.includes('='))
  .map((word): [string, string] => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
const inputs: Record<string, string> = { version: 'v1.37.1', ...Object.fromEntries(given) }
const lab = openLab(values.name)

for (const phase of phases) {
  console.log(`\n===== ${phase}`)
  const result = await runAction(lab, phase, { inputs, onLine: (line) => console.log(line) })
  const file = join(lab.stateDir, `summary-${phase}.md`)
  writeFileSync(file, result.summary)
  const table = result.report === undefined ? '' : nodeTable(result)
  if (table !== '') console.log(table)
  console.log(`result: ${result.outputs['result'] ?? ''}, ${result.seconds.toFixed(1)} s; summary: ${file}`)
  if (result.code !== 0) process.exit(result.code)
  // What the plan decided is what the later phases are held to.
  inputs['version'] = result.outputs['target-version'] ?? inputs['version'] ?? ''
  inputs['plan-digest'] = result.outputs['plan-digest'] ?? ''
}
