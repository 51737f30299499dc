import type { z } from 'zod'
import { policySchema } from './policy-schema.ts'
import { byLine, problemAt, schemaProblems } from './problems.ts'
import type { Parsed, Path, Problem } from './problems.ts'
import { readYaml } from './yaml.ts'
import type { YamlText } from './yaml.ts'

/**
 * What the people of a cluster decided, normalised: every key with a default is there, durations are milliseconds, keys and
 * sets are sorted. Plain JSON, and equal policies give equal `JSON.stringify` texts, as the plan's digest needs it.
 */
export type Policy = z.output<typeof policySchema>

/** A policy as it was written: valid, but without defaults. Two of them are merged before defaults are applied. */
export type RawPolicy = Readonly<Record<string, unknown>>

/** One hook or check: a shell command, where it runs, and its timeout in milliseconds. */
export type Command = Policy['checks'][number]

/** Reads a policy from YAML text; never throws. An empty text is an empty policy. */
export function parsePolicy(text: string): Parsed<RawPolicy> {
  const yaml = readYaml(text)
  const found = yaml.value === undefined ? [] : policyProblems(yaml, yaml.value ?? {})
  const problems = byLine([...yaml.problems, ...found])
  const value = problems.length === 0 ? ((yaml.value ?? {}) as RawPolicy) : undefined
  return { value, problems, lineOf: (path) => yaml.lineOf(path) }
}

/** What is wrong with a policy that stands at `at` of a document. */
export function policyProblems(yaml: YamlText, policy: unknown, at: Path = []): Problem[] {
  const result = policySchema.safeParse(policy)
  if (!result.success) {
    const issues = result.error.issues.map((issue) => ({ ...issue, path: [...at, ...issue.path] }))
    return schemaProblems(yaml, issues)
  }
  const ids = result.data.findings.accept.map(({ id }) => id)
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [problemAt(yaml, [...at, 'findings', 'accept', index, 'id'], `${id} is accepted twice`)],
  )
}

/**
 * The policy of a run. Where both set a key of the top level, the input's wins as a whole: `drain` of the input replaces
 * all of `drain` of the inventory, so that what holds can be read in one place.
 * @throws {z.ZodError} when one of them was not checked before: a defect of the caller
 */
export function resolvePolicy(inventory: RawPolicy, input: RawPolicy): Policy {
  const policy = policySchema.parse({ ...inventory, ...input })
  const { kubeadm, findings } = policy
  return sortKeys({
    ...policy,
    kubeadm: { ...kubeadm, ignorePreflightErrors: distinctNames(kubeadm.ignorePreflightErrors) },
    findings: { accept: findings.accept.toSorted((a, b) => (a.id < b.id ? -1 : 1)) },
  })
}

/** kubeadm takes the names of its checks in any case. */
function distinctNames(names: readonly string[]): string[] {
  const byKey = new Map(names.map((name) => [name.toLowerCase(), name]))
  return [...byKey.keys()].toSorted().map((key) => byKey.get(key) ?? key)
}

function sortKeys<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => sortKeys(item)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    entries.filter(([, inner]) => inner !== undefined).map(([key, inner]) => [key, sortKeys<unknown>(inner)]),
  ) as T
}
