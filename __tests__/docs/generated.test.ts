import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { generateDocs, listFindings, readAction, reservedReasons, sourcesOfRuns } from '../../.ci/docs.ts'
import { leafPaths, withoutEffect } from '../../.ci/policy-reference.ts'
import { generateSchemas } from '../../schemas/generate.ts'
import { failureReasons } from '../../src/failure.ts'

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

/** The sections of a page: heading of the second level and the text below it. */
function sections(file: string): Map<string, string> {
  const parts = read(file).split(/^## /m).slice(1)
  return new Map(
    parts.map((part) => [part.slice(0, part.indexOf('\n')).trim(), part.slice(part.indexOf('\n'))]),
  )
}

test('what is generated in the README and in docs/ is current (npm run docs)', async () => {
  const pages = await generateDocs()
  expect([...pages.keys()].toSorted()).toEqual([
    'README.md',
    'docs/failure-reasons.md',
    'docs/findings.md',
    'docs/networking.md',
    'docs/policy.md',
  ])
  for (const [file, text] of pages) expect({ file, text: read(file) }).toEqual({ file, text })
})

test('the README has every input and output', () => {
  const { inputs, outputs } = readAction()
  for (const name of [...Object.keys(inputs), ...Object.keys(outputs)])
    expect(read('README.md')).toContain(`| \`${name}\``)
})

test('every failure reason has a section: what it means, what was changed, what to do', () => {
  const pages = sections('docs/failure-reasons.md')
  expect([...pages.keys()]).toEqual([...failureReasons])
  for (const [reason, text] of pages) {
    expect({ reason, text }).toEqual({ reason, text: expect.stringContaining('**Means.**') })
    // What this release never reports is said to be so, and nothing else is.
    const reserved = /This release does not report it/.test(text)
    expect({ reason, reserved }).toEqual({ reason, reserved: reservedReasons().includes(reason) })
    if (!reserved)
      for (const part of ['**Changed.**', '**Do.**'])
        expect({ reason, text }).toEqual({ reason, text: expect.stringContaining(part) })
  }
})

test('every finding of the catalogue has a section that says what to do, and no other has one', () => {
  const ids = listFindings().map(([id]) => id)
  const pages = sections('docs/findings.md')
  expect([...pages.keys()]).toEqual(ids)
  for (const [id, text] of pages)
    expect({ id, text }).toEqual({ id, text: expect.stringContaining('**Do.**') })
})

describe('keys of the policy', () => {
  const keys = leafPaths(generateSchemas()['policy.schema.json'] ?? {})
  const source = sourcesOfRuns()
  /** A place that reads the key from a policy, in the ways that the sources do. */
  const isRead = (path: string): boolean => {
    const [leaf = '', parent = ''] = path.split('.').toReversed()
    return new RegExp(`\\bpolicy(\\.\\w+)*\\.(${parent}\\.)?${leaf}\\b`).test(source)
  }

  test('those that are said to have no effect have none (else: .ci/policy-reference.ts)', () => {
    for (const path of withoutEffect)
      expect({ path, known: keys.includes(path), read: isRead(path) }).toEqual({
        path,
        known: true,
        read: false,
      })
  })

  test.each(keys.filter((path) => !withoutEffect.includes(path)).map((path) => [path]))(
    '%s is used by something',
    (path) => {
      const word =
        path.split('.').find((part) => part === 'hooks' || part === 'config') ?? path.split('.').at(-1)
      expect(new RegExp(`\\b${word ?? ''}\\b`).test(source)).toBe(true)
    },
  )
})
