import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { actionLog } from '../../src/action/log.ts'

let folder: string
let shown: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-log-'))
  shown = ''
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    shown += String(text)
    return true
  })
})
afterEach(() => {
  jest.restoreAllMocks()
  rmSync(folder, { recursive: true, force: true })
})

test('50 MB on one line: the log shows its beginning, the file has all of it', () => {
  const log = actionLog(folder)
  const piece = 'x'.repeat(250_000)
  for (let at = 0; at < 200; at++) log.output('cp1', piece)
  log.output('cp1', '\nthe end\n')
  log.flush()
  const file = readFileSync(join(folder, 'cp1.log'), 'utf8')
  expect(file.length).toBe(50_000_000 + '\nthe end\n'.length)
  expect(file.slice(50_000_000)).toBe('\nthe end\n')
  expect(shown.length).toBeLessThan(17_000)
  expect(shown).toContain(`x… (${50_000_000 - 16_384} more characters are in cp1.log)\ncp1 | the end\n`)
})

test('lines come in pieces, are written over, and may lack an end', () => {
  const log = actionLog(folder)
  for (const piece of ['one ', 'line\r\n5%\r', '50%\rdone\n', 'no end']) log.output('w1', piece)
  log.flush()
  expect(readFileSync(join(folder, 'w1.log'), 'utf8')).toBe('one line\ndone\nno end\n')
  expect(shown).toBe('w1 | one line\nw1 | done\nw1 | no end\n')
})
