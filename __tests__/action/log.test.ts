import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { actionLog } from '../../src/action/log.ts'
import { keepSecret, redactCut } from '../../src/action/secrets.ts'

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

test('a secret in a long line is in no file and no log, wherever the pieces of the line end', () => {
  const secret = 'correct-horse-battery-staple'
  keepSecret(secret)
  shown = ''
  const long = `${'x'.repeat(16_370)}${secret}${'y'.repeat(50)}`
  for (let cut = 16_300; cut <= long.length; cut++) {
    const log = actionLog(join(folder, String(cut)))
    for (const piece of [long.slice(0, cut), long.slice(cut), '\n']) log.output('w1', piece)
    const file = readFileSync(join(folder, String(cut), 'w1.log'), 'utf8')
    expect(file).toBe(`${'x'.repeat(16_370)}***${'y'.repeat(50)}\n`)
  }
  expect(shown).not.toContain(secret.slice(0, 8))
  expect(shown).toContain('x***')
})

test('output that was cut says nothing of the secret in which it was cut off', () => {
  keepSecret('correct-horse-battery-staple')
  expect(redactCut('horse-battery-staple and more')).toBe('*** and more')
  expect(redactCut('w1 said:\nt-horse-battery-staple')).toBe('w1 said:\n***')
  expect(redactCut('and correct-horse-battery-staple')).toBe('and ***')
  expect(redactCut('horse-battery and more')).toBe('horse-battery and more')
})
