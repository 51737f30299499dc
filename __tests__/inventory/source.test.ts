import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readSource } from '../../src/inventory/source.ts'

let root: string
let workspace: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'source-'))
  workspace = join(root, 'workspace')
  mkdirSync(join(workspace, 'clusters'), { recursive: true })
  writeFileSync(join(workspace, 'clusters', 'prod.yaml'), 'nodes: []\n')
  writeFileSync(join(root, 'secret.yaml'), 'secret\n')
  symlinkSync(join(root, 'secret.yaml'), join(workspace, 'link.yaml'))
  symlinkSync(root, join(workspace, 'up'))
  symlinkSync('clusters/prod.yaml', join(workspace, 'current.yaml'))
})

afterAll(() => rmSync(root, { recursive: true }))

test('text with a newline is the text; anything else is a path below the workspace', () => {
  expect(readSource('nodes: []\n', undefined)).toEqual({ text: 'nodes: []\n', path: undefined })
  expect(readSource('clusters/prod.yaml', workspace)).toEqual({
    text: 'nodes: []\n',
    path: 'clusters/prod.yaml',
  })
  expect(readSource(join(workspace, 'clusters/prod.yaml'), workspace)).toMatchObject({
    path: 'clusters/prod.yaml',
  })
  expect(readSource('current.yaml', workspace)).toMatchObject({ path: 'clusters/prod.yaml' })
})

test.each([
  '../secret.yaml',
  'link.yaml',
  'up/secret.yaml',
  'clusters/../../secret.yaml',
  '/etc/passwd',
  '.',
])('%s leaves the workspace and is refused', (path) => {
  const answer = readSource(path, workspace)
  expect(answer).toEqual({
    problem: `got ${JSON.stringify(path)}; accepts only a path that stays below the workspace`,
  })
})

test('what cannot be read says why', () => {
  const problems = [
    readSource('clusters/pord.yaml', workspace),
    readSource('clusters', workspace),
    readSource('{nodes: []}', workspace),
    readSource('prod.yaml', undefined),
  ]
  expect(problems.map((answer) => ('problem' in answer ? answer.problem : 'read')).join('\n'))
    .toMatchInlineSnapshot(`
   "got "clusters/pord.yaml", but there is no such file in the workspace (is actions/checkout missing?); accepts the path of a file below the workspace, or its text with a newline in it
   got "clusters", which is a folder; accepts the path of a file below the workspace, or its text with a newline in it
   got "{nodes: []}", but there is no such file in the workspace (is actions/checkout missing?); accepts the path of a file below the workspace, or its text with a newline in it
   got "prod.yaml", a path, but GITHUB_WORKSPACE is not set; accepts the text itself then"
  `)
})
