import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Call } from '../../lab/sim/commands/command.ts'
import { summaryPage } from '../../lab/sim/summary-page.ts'
import { workflowCommands, World, type ActionResult } from './run-action.ts'

const hostile = [
  '::error::owned',
  '  ::set-output name=result::upgraded',
  '\u001b[31m::add-mask::cp1\u001b[0m',
  'innocent\r::stop-commands::x',
  '##[error]owned',
  '```',
  '<script>alert(1)</script> <img src=x onerror=alert(1)>',
  '| cell | [link](javascript:alert(1)) |',
  '\u202Eevil',
].join('\n')

let world: World
beforeAll(async () => {
  world = await World.start({ controlPlanes: 1, workers: 1 })
})
afterAll(() => world.end())

test('output of a node becomes no workflow command, no escape sequence and no markup', async () => {
  const result = await failingInstallation((call) => {
    call.raw(`${hostile}\n`)
    call.err(hostile)
  })
  const allowed = new Set(['add-mask', 'group', 'endgroup', 'error', 'debug'])
  const commands = workflowCommands(result.log).filter(({ name }) => name !== 'add-mask')
  expect(commands.filter(({ name }) => !allowed.has(name))).toEqual([])
  expect(commands.filter(({ name, value }) => name === 'error' && value.startsWith('owned'))).toEqual([])
  expect(
    workflowCommands(result.log).filter(({ name, value }) => name === 'add-mask' && value === 'cp1'),
  ).toEqual([])
  // eslint-disable-next-line no-control-regex -- what must not be there
  expect(result.log).not.toMatch(/[\u001b\u202e\r]/)
  // It is shown all the same.
  expect(result.log).toContain('<script>alert(1)</script>')

  // eslint-disable-next-line no-control-regex
  expect(result.summary).not.toMatch(/[\u001b\u202e]/)
  const html = summaryPage([{ title: 'summary', markdown: result.summary }])
  expect(html).not.toMatch(/<script>|<img|href="javascript:/)
  expect(html).toContain('&lt;script&gt;')
})

test('what a node says of itself is no markup in the findings', async () => {
  world.simulation.cluster.machine('w1').write('/etc/machine-id', '<b>x</b>[here](https://example.org)\n')
  const result = await world.run('plan')
  expect(result.outputs['failure-reason']).toBe('inventory-mismatch')
  const html = summaryPage([{ title: 'summary', markdown: result.summary }])
  expect(html).toContain('&lt;b&gt;x')
  expect(html).not.toMatch(/<b>x|>here<\/a>/)
})

/** Has the installation of packages on the control plane node fail, after it has printed what `print` prints. */
async function failingInstallation(print: (call: Call) => void): Promise<ActionResult> {
  const stop = world.simulation.onCommand((call) => {
    // A download that fails is tried again for minutes; what cannot be installed fails at once.
    if (!call.line.startsWith('apt-get install') || call.line.includes('--download-only')) return undefined
    print(call)
    return 100
  })
  const result = await world.run('control-plane')
  stop()
  expect(result.outputs).toMatchObject({ result: 'failed', 'failure-reason': 'package-error' })
  return result
}

/** The files that become artifacts. */
function files(result: ActionResult): { log: string; report: string; plan: string } {
  const { report = '', plan = '' } = result.outputs
  const read = (file: string): string => readFileSync(file, 'utf8')
  return { log: read(join(dirname(report), 'logs/cp1.log')), report: read(report), plan: read(plan) }
}

test('secrets that a node says back are in no file, summary or message, and masked in the log', async () => {
  const key = world.simulation.userKey.privateKey
  const lines = key.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'))
  const result = await failingInstallation((call) => {
    call.raw(key)
    call.err(`your key is ${lines.join(' and ')}`)
  })
  const masked = workflowCommands(result.log).filter(({ name }) => name === 'add-mask')
  const { log, report, plan } = files(result)
  for (const line of lines) {
    // The runner replaces what it was told to mask before anything of the log is stored.
    expect(masked.map(({ value }) => value)).toContain(line)
    for (const text of [log, report, plan, result.summary]) expect(text).not.toContain(line)
  }
  expect(log).toContain('your key is ***')
})

test('bytes that are no UTF-8 are shown as such, and what is around them is not lost', async () => {
  const result = await failingInstallation((call) =>
    call.shell("printf 'before \\377\\376\\300 after\\n'; printf 'cut \\342\\202' >&2"),
  )
  expect(result.log).toMatch(/cp1 \| before \ufffd+ after/)
  expect(files(result).log).toMatch(/before \ufffd+ after\ncut \ufffd/)
})

test('50 MB on one line with a secret in it again and again: nothing is lost in the file, nothing leaks from anywhere', async () => {
  const [, , secret = ''] = world.simulation.userKey.privateKey.split('\n')
  const times = 49_000
  // The pieces in which output comes, 256 KiB, end within the secret more than once.
  const result = await failingInstallation((call) =>
    call.shell(`awk 'BEGIN { x = sprintf("%1000s", ""); gsub(/ /, "x", x);
      for (i = 0; i < ${times}; i++) printf "%s%s", "${secret}", x; print "" }'`),
  )
  const { log, report } = files(result)
  const line = log.split('\n').find((one) => one.includes('xxx')) ?? ''
  expect(line.length).toBe(times * (1000 + '***'.length))
  expect(line.split('***').length - 1).toBe(times)
  for (const text of [log, report, result.summary, result.log.replace(/^::add-mask::.*$/gm, '')])
    for (const part of [secret.slice(0, 16), secret.slice(-16)]) expect(text.includes(part)).toBe(false)
  expect(result.log).toContain(' more characters are in cp1.log)')
  expect(Buffer.byteLength(result.summary)).toBeLessThan(1024 * 1024)
})
