import { acceptingLines, changingLines, type Finding } from '../plan/finding.ts'
import { boundedTable, count, firstPart } from './format.ts'
import { codeBlock, escapeMarkdown } from './neutralise.ts'
import { folded } from './plan-summary.ts'

/** Characters of one text in a table. */
const maxCell = 600

/** Nodes named in one row; more are counted. */
const namedNodes = 8

/** Findings that block; empty without. */
export function blockingBlock(findings: readonly Finding[], bytes: number): string {
  const found = openOf(findings, 'blocks')
  if (found.length === 0) return ''
  const number = groupsOf(found).length
  const title = `### ⛔ ${count(number, 'finding')} ${number === 1 ? 'blocks' : 'block'} the upgrade`
  return `${title}\n\n${findingsTable(found, bytes)}`
}

/** Warnings by what to do; folded what is accepted and what is only good to know. */
export function otherFindings(findings: readonly Finding[], bytes: number): string {
  return withWarnings(
    findings,
    bytes,
    (warnings, table) => `### ⚠️ ${warnings} to read before you approve\n\n${table}`,
  )
}

/** As a run shows them that was approved with them: all folded. */
export function foldedFindings(findings: readonly Finding[], bytes: number): string {
  return withWarnings(findings, bytes, (warnings, table) => folded(`⚠️ ${warnings} before it began`, table))
}

function withWarnings(
  findings: readonly Finding[],
  bytes: number,
  show: (warnings: string, table: string) => string,
): string {
  const warns = openOf(findings, 'warns')
  return [
    policyBlock(findings),
    warns.length === 0
      ? ''
      : show(count(groupsOf(warns).length, 'warning'), findingsTable(warns, bytes * 0.6)),
    ...quietFindings(findings, bytes * 0.4),
  ]
    .filter(Boolean)
    .join('\n\n')
}

/** Those that are accepted or only good to know, folded. */
function quietFindings(findings: readonly Finding[], bytes: number): string[] {
  const tells = openOf(findings, 'tells')
  const accepted = findings.filter((finding) => finding.accepted !== undefined)
  return [
    accepted.length === 0
      ? ''
      : folded(
          `☑️ ${count(groupsOf(accepted).length, 'finding')} accepted by the policy`,
          acceptedTable(accepted, bytes / 2),
        ),
    tells.length === 0
      ? ''
      : folded(
          `ℹ️ ${count(groupsOf(tells).length, 'more finding')}, good to know`,
          findingsTable(tells, bytes / 2),
        ),
  ]
}

function openOf(findings: readonly Finding[], severity: Finding['severity']): Finding[] {
  return findings.filter((finding) => finding.accepted === undefined && finding.severity === severity)
}

/** A row for every thing to do: the findings that it answers, and where they were seen. */
function findingsTable(findings: readonly Finding[], bytes: number): string {
  const rows = groupsOf(findings).flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const seen = group.length === 1 ? first.seen : `${first.seen} (and ${group.length - 1} more like it)`
    return [
      [
        escapeMarkdown(firstPart(first.remedy, maxCell)),
        escapeMarkdown(firstPart(seen, maxCell)),
        nodesOf(group),
        `\`${first.id}\``,
      ],
    ]
  })
  return boundedTable(bytes, ['what to do', 'what was seen', 'where', 'finding'], rows, 'finding')
}

/** Findings that are answered by the same. */
function groupsOf(findings: readonly Finding[]): Finding[][] {
  return [...Map.groupBy(findings, ({ id, remedy }) => `${id}\n${remedy}`).values()]
}

function acceptedTable(findings: readonly Finding[], bytes: number): string {
  const rows = groupsOf(findings).flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    return [
      [
        `\`${first.id}\``,
        nodesOf(group),
        escapeMarkdown(firstPart(first.seen, maxCell)),
        escapeMarkdown(first.accepted ?? ''),
      ],
    ]
  })
  return boundedTable(bytes, ['finding', 'where', 'what was seen', 'accepted because'], rows, 'finding')
}

function nodesOf(group: readonly Finding[]): string {
  const nodes = [...new Set(group.flatMap(({ node }) => node ?? []))]
  const more = nodes.length > namedNodes ? ` and ${nodes.length - namedNodes} more` : ''
  return nodes.length === 0 ? 'cluster' : escapeMarkdown(nodes.slice(0, namedNodes).join(', ') + more)
}

/** What a policy would say to live with the findings that block, and with what findings would not be there. */
function policyBlock(findings: readonly Finding[]): string {
  const accepting = acceptingLines(findings)
  const changing = changingLines(findings)
  if (accepting === undefined && changing === undefined) return ''
  return folded(
    'Policy that accepts what blocks, or changes it, where that is possible',
    [
      accepting === undefined ? '' : `Every finding needs a reason of yours.\n\n${codeBlock(accepting)}`,
      changing === undefined
        ? ''
        : `With these lines the findings named beside them go away.\n\n${codeBlock(changing)}`,
    ]
      .filter(Boolean)
      .join('\n\n'),
  )
}
