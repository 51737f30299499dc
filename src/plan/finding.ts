import type { FailureReason } from '../failure.ts'

/** `blocks`: nothing is changed until it is gone or accepted. `warns`: read it before you approve. `tells`: good to know. */
export type Severity = 'blocks' | 'warns' | 'tells'

/** A policy key, `drain.barePods`, and a value for it. */
export interface PolicyChange {
  key: `${string}.${string}`
  value: string
}

/** Something the plan noticed. Ids are stable: policies accept findings by id (docs/findings.md). */
export interface Finding {
  id: string
  severity: Severity
  /** The node it is about; undefined: the cluster. */
  node: string | undefined
  /** What was seen, one sentence. May hold text of a node. */
  seen: string
  /** What to do, one sentence. */
  remedy: string
  /** `failure-reason` of a run that a blocking finding stops. */
  reason: FailureReason
  /** Whether the policy may accept it: what makes the upgrade impossible stays so whatever one accepts. */
  acceptable: boolean
  /** The key of the policy with which it would not be found, and the value that it would have (YAML). */
  change: PolicyChange | undefined
  /** The policy's reason for accepting it; an accepted finding no longer blocks. */
  accepted: string | undefined
}

/** What is known of a finding before anything was seen; docs/findings.md is made of it. */
export interface CatalogueEntry {
  severity: Severity
  /** `failure-reason` of a run that it stops; `precondition-failed` when left out. */
  reason?: FailureReason
  /** Only on findings that block: the upgrade cannot succeed with it. */
  acceptable?: false
  /** What it looks at, and why; Markdown. */
  looks: string
  /** What a person does about it; Markdown. */
  todo: string
}

export type Catalogue<Id extends string = string> = Readonly<Record<Id, CatalogueEntry>>

/** Makes the findings of one part of the catalogue; every file of src/plan/findings has its part. */
export function findingsOf<Id extends string>(
  catalogue: Catalogue<Id>,
): (id: Id, node: string | undefined, seen: string, remedy: string, change?: PolicyChange) => Finding {
  return (id, node, seen, remedy, change) => {
    const { severity, reason = 'precondition-failed', acceptable = true } = catalogue[id]
    return { id, severity, node, seen, remedy, reason, acceptable, change, accepted: undefined }
  }
}

/** The findings that stop the run: those that block and are not accepted. */
export function blocking(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === 'blocks' && finding.accepted === undefined)
}

/** The lines of a policy that would accept what stops the run, to paste and to give reasons; undefined when there are none. */
export function acceptingLines(findings: readonly Finding[]): string | undefined {
  const ids = blocking(findings).flatMap((finding) => (finding.acceptable ? [finding.id] : []))
  if (ids.length === 0) return undefined
  const lines = [...new Set(ids)].map((id) => `    - { id: ${id}, reason: '' }`)
  return ['findings:', '  accept:', ...lines].join('\n')
}

/** The lines of a policy with which findings would not be there, to paste; undefined when there are none. */
export function changingLines(findings: readonly Finding[]): string | undefined {
  const open = findings.filter((finding) => finding.accepted === undefined && finding.change !== undefined)
  const changes = Map.groupBy(open, ({ change }) => `${change?.key ?? ''}: ${change?.value ?? ''}`)
  if (changes.size === 0) return undefined
  const sections = Map.groupBy(changes.keys(), (change) => change.split('.', 1)[0] ?? '')
  return [...sections]
    .flatMap(([section, lines]) => [
      `${section}:`,
      ...lines.map((line) => changingLine(line, section, changes.get(line))),
    ])
    .join('\n')
}

function changingLine(change: string, section: string, findings: readonly Finding[] = []): string {
  const ids = [...new Set(findings.map((finding) => finding.id))]
  return `  ${change.slice(section.length + 1)} # ${ids.join(', ')}`
}
