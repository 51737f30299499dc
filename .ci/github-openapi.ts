/**
 * `npx node .ci/github-openapi.ts`: takes from GitHub's published description of its REST API (npm package @octokit/openapi, which
 * is too large to be a dependency: 29 MB packed) what the action asks of it, for the tests. Writes
 * __tests__/github/openapi.json. Needs the npm registry.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const source = '@octokit/openapi@23.0.2'

/** What src/action asks for. */
const operations: Readonly<Record<string, readonly string[]>> = {
  '/repos/{owner}/{repo}/environments': ['get'],
  '/repos/{owner}/{repo}/environments/{environment_name}': ['get'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['patch'],
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const forPeople = /^(description|example|examples|x-.*|externalDocs|tags|summary)$/

/** Without what only people read; the keys of `properties` are names of fields. */
function bare(value: Json, fields = false): Json {
  if (Array.isArray(value)) return value.map((item) => bare(item))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key]) => fields || !forPeople.test(key))
  return Object.fromEntries(kept.map(([key, inner]) => [key, bare(inner, key === 'properties' && !fields)]))
}

function at(document: Json, pointer: string): Json {
  let value = document
  for (const part of pointer.slice(2).split('/')) value = (value as Record<string, Json>)[part] ?? null
  return value
}

/** Copies everything that `value` refers to, and what that refers to. */
function copyReferences(document: Json, value: Json, into: Record<string, Record<string, Json>>): void {
  for (const [, pointer = '', kind = '', name = ''] of JSON.stringify(value).matchAll(
    /"\$ref":"(#\/components\/(\w+)\/([^"]+))"/g,
  )) {
    if (into[kind]?.[name] !== undefined) continue
    const found = bare(at(document, pointer))
    ;(into[kind] ??= {})[name] = found
    copyReferences(document, found, into)
  }
}

const folder = mkdtempSync(join(tmpdir(), 'kubeadm-upgrade-openapi-'))
try {
  execFileSync('npm', ['pack', '--silent', source], { cwd: folder, stdio: 'inherit' })
  execFileSync('sh', ['-c', 'tar -xzf *.tgz package/generated/api.github.com.json'], { cwd: folder })
  const whole = JSON.parse(
    readFileSync(join(folder, 'package/generated/api.github.com.json'), 'utf8'),
  ) as Record<string, Json>
  const paths: Record<string, Record<string, Json>> = {}
  for (const [path, methods] of Object.entries(operations)) {
    const all = (whole['paths'] as Record<string, Record<string, Json>>)[path] ?? {}
    paths[path] = Object.fromEntries(methods.map((method) => [method, bare(all[method] ?? null)]))
  }
  const components: Record<string, Record<string, Json>> = {}
  copyReferences(whole, paths, components)
  const document = { openapi: whole['openapi'] ?? '', 'x-source': source, paths, components }
  writeFileSync('__tests__/github/openapi.json', `${JSON.stringify(document, undefined, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
