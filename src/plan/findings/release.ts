import type { Policy } from '../../inventory/policy.ts'
import type { Hop } from '../../versions/hops.ts'
import { changelog, releaseNotes } from '../../versions/release-notes.ts'
import { minorOf } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'

export const releaseCatalogue = {
  'release-notes': {
    severity: 'tells',
    looks:
      'Names the release notes of every minor on the way, the changes in it that can break a cluster that worked before, and what is gone. What can be looked for on the nodes and in the cluster has a finding of its own.',
    todo: 'Read "Urgent Upgrade Notes" of that page.',
  },
  'application-backup': {
    severity: 'tells',
    looks:
      'The upgrade takes a snapshot of etcd. The data of applications (volumes, databases) is backed up by nobody unless you do it.',
    todo: 'Back it up before the upgrade, or with a hook (policy: `hooks.beforeUpgrade`).',
  },
} as const satisfies Catalogue

const finding = findingsOf(releaseCatalogue)

/** What people are reminded of before the first change of an upgrade; nothing once the API servers are there. */
export function releaseFindings(hops: readonly Hop[], policy: Policy): Finding[] {
  if (hops.length === 0) return []
  return [...hops.map(notesFinding), backupFinding(policy)]
}

function notesFinding({ from, to }: Hop): Finding {
  const minor = minorOf(to)
  const remedy = `Read ${changelog(minor)}.`
  if (minorOf(from) === minor)
    return finding('release-notes', undefined, `${to} is a patch of the running minor.`, remedy)
  const notes = releaseNotes(minor)
  if (notes === undefined)
    return finding('release-notes', undefined, `Of ${minor} this release knows nothing.`, remedy)
  const gone = notes.removed.length > 0 ? ` Gone: ${notes.removed.join('; ')}.` : ''
  return finding('release-notes', undefined, `${minor}: ${notes.urgent.join('; ')}.${gone}`, remedy)
}

function backupFinding({ hooks }: Policy): Finding {
  const count = hooks.beforeUpgrade.length
  if (count === 0) {
    const seen = 'Nothing here backs up the data of applications, and the policy has no hook that could.'
    return finding(
      'application-backup',
      undefined,
      seen,
      'Back it up first, or in a hook (hooks.beforeUpgrade).',
    )
  }
  const seen = `The data of applications is backed up only if a hook of the policy does it: ${count} run before the first change.`
  return finding('application-backup', undefined, seen, 'See that one of them does.')
}
