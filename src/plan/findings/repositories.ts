import { basename } from 'node:path'
import { repositoryFolders } from '../../node/packages/kinds.ts'
import { readKeyring, type SigningKey } from '../../node/packages/keyring.ts'
import type { Repository } from '../../node/packages/repository.ts'
import type { Policy } from '../../inventory/policy.ts'
import type { Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import { packageVersion, type ObservedNode } from '../observed.ts'

export const repositoriesCatalogue = {
  'package-repository': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks in `/etc/apt/sources.list` and `/etc/apt/sources.list.d`, `/etc/yum.repos.d` or `/etc/zypp/repos.d` for repositories of Kubernetes packages. There has to be exactly one that is active, with the minor in its address (`core:/stable:/v1.36/`), as pkgs.k8s.io and mirrors of its layout have it.',
    todo: 'Set up pkgs.k8s.io as <https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/> says; remove or disable the others.',
  },
  'package-repository-legacy': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks for an active source that names apt.kubernetes.io, yum.kubernetes.io or packages.cloud.google.com: they are frozen or gone, and every refresh fails with them.',
    todo: 'Remove the source; set up pkgs.k8s.io as <https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/> says.',
  },
  'package-repository-unreadable': {
    severity: 'blocks',
    reason: 'package-error',
    acceptable: false,
    looks:
      "Reads the target minor's repository with a temporary list on every node. On this one the package manager could not, though other nodes could: no route, a proxy, an expired or missing key.",
    todo: 'Do what it says, on that node; its words are in the log of the run.',
  },
  'package-repository-unverified': {
    severity: 'warns',
    looks:
      'The source says `trusted=yes` (`Trusted: yes`), or `gpgcheck=0`: what it offers is installed without a signature.',
    todo: "Use the repository's key with `signed-by`, or `gpgcheck=1` and `gpgkey=`.",
  },
  'signing-key-missing': {
    severity: 'blocks',
    acceptable: false,
    looks: 'The keyring that `signed-by` names does not exist on the node: apt refuses the repository.',
    todo: 'Fetch the key again: `curl -fsSL https://pkgs.k8s.io/core:/stable:/v1.37/deb/Release.key | gpg --dearmor -o /etc/apt/keyrings/kubernetes-apt-keyring.gpg`, then compare its fingerprint.',
  },
  'signing-key-expired': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Every key of the keyring has expired by the clock of the node: apt refuses the repository (EXPKEYSIG). Looked at only where packages have still to be fetched.',
    todo: 'Fetch `Release.key` of a maintained minor again; those of unmaintained minors are not always renewed (<https://github.com/kubernetes/release/issues/3818>).',
  },
  'signing-key-expires': {
    severity: 'warns',
    looks:
      'The last key of the keyring expires within 60 days. The key of pkgs.k8s.io that was current in 2026 ends on 2026-12-29 (<https://github.com/kubernetes/release/issues/3840>).',
    todo: 'Fetch `Release.key` again when upstream has extended it; the upgrade itself works until then.',
  },
  'signing-key-unknown': {
    severity: 'warns',
    looks:
      'The source is pkgs.k8s.io, and the keyring does not hold the key that upstream signs with, DE15 B144 86CD 377B 9E87 6E1A 2346 54DA 9A29 6436; or it could not be read.',
    todo: 'Find out where the key came from. A mirror that signs by itself is best named by its own host.',
  },
  'signing-key-not-pinned': {
    severity: 'blocks',
    acceptable: false,
    looks:
      "The policy pins a fingerprint (`packages.fingerprint`), and the keyring of the source, or rpm's database, holds no key that has it. With `packages.keyring` rpm gets the key from there, after its fingerprint was compared.",
    todo: 'Put the pinned key where the node looks for it, or correct the policy.',
  },
} as const satisfies Catalogue

const finding = findingsOf(repositoriesCatalogue)

/** Key of isv:kubernetes, https://github.com/kubernetes/release/issues/3840 */
const upstreamFingerprint = 'DE15B14486CD377B9E876E1A234654DA9A296436'
const upstreamHosts = /\/\/(pkgs\.k8s\.io|(pkgs|packages)\.kubernetes\.io)\//
const legacyHosts = /\/\/((apt|yum)\.kubernetes\.io|packages\.cloud\.google\.com)\b/
/** Where facts.sh reads keyrings; of one elsewhere nothing is known, and nothing is said. */
const readFolders = /^\/(etc\/apt\/(keyrings|trusted\.gpg\.d)|usr\/share\/keyrings)\/[^/]+$/
const soonSeconds = 60 * 86_400

/** The sources of Kubernetes packages of one node and their keys. */
export function repositoryFindings(
  node: ObservedNode,
  target: Version,
  sources: Policy['packages'],
): Finding[] {
  const { facts, name } = node
  if (facts.packageManager === undefined || repositoryFolders[facts.packageManager] === undefined) return []
  const old = facts.repositories.filter(({ content }) => legacyHosts.test(active(content)))
  const legacy = old.map(({ file }) =>
    finding(
      'package-repository-legacy',
      name,
      `${file} on ${name} names a repository that is frozen.`,
      'Remove the source; pkgs.k8s.io has the packages.',
    ),
  )
  const current = facts.repositories.filter((repository) => !old.includes(repository))
  const [repository] = current
  if (current.length === 1 && repository?.minor !== undefined)
    return [...legacy, ...verificationFindings(node, repository, target, sources)]
  const files = current.map(({ file }) => file).join(', ') || 'none'
  return [
    ...legacy,
    finding(
      'package-repository',
      name,
      `Kubernetes package repositories on ${name}: ${files}; exactly one is expected, with the minor in its address.`,
      'Set up pkgs.k8s.io as https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/ says.',
    ),
  ]
}

/** Nodes that could not read a repository which other nodes read. @param unreadable node → the package manager's last words */
export function unreadableFindings(unreadable: ReadonlyMap<string, string>): Finding[] {
  return [...unreadable].map(([name, words]) =>
    finding(
      'package-repository-unreadable',
      name,
      `The package manager on ${name} cannot read the repository of the target: ${words.trim().split('\n').at(-1) ?? ''}`,
      'Do what it says on that node; its words are in the log.',
    ),
  )
}

function verificationFindings(
  node: ObservedNode,
  repository: Repository,
  target: Version,
  sources: Policy['packages'],
): Finding[] {
  const source = active(repository.content)
  if (/\btrusted=yes\b|^Trusted:\s*yes|^gpgcheck[ \t]*=[ \t]*(0|no|false)\b/im.test(source)) {
    return [
      finding(
        'package-repository-unverified',
        node.name,
        `${repository.file} on ${node.name} turns the check of signatures off.`,
        'Use signed-by, or gpgcheck=1 and gpgkey=, with the key of the repository.',
      ),
    ]
  }
  const fetches = packageVersion(node.facts, 'kubelet') !== target
  const pinned = sources.fingerprint
  const expected = pinned ?? (upstreamHosts.test(source) ? upstreamFingerprint : undefined)
  const wanted = { expected, pinned: pinned !== undefined, fetches }
  // A key that the policy brings is not there yet; the script that imports it compares its fingerprint.
  if (repository.format === 'repo') return sources.keyring === undefined ? rpmKeyFindings(node, wanted) : []
  const path = /signed-by=([^\],\s]+)|^Signed-By:[ \t]*(\/\S+)/im.exec(source)?.slice(1).find(Boolean)
  // Without signed-by any key that apt trusts will do; a key inside the source is left to apt. The policy's comes later.
  if (path === undefined || (sources.keyring !== undefined && path !== sources.keyring)) return []
  const keyring = node.facts.keyrings.get(basename(path))
  if (keyring === undefined) return fetches && readFolders.test(path) ? [missingKey(node.name, path)] : []
  return keyFindings(node, readKeyring(keyring), wanted)
}

/**
 * rpm has the keys of all repositories in one database, and which of them signs Kubernetes is known of upstream's only. A
 * key that is not there is fetched from `gpgkey=` by dnf. https://github.com/kubernetes/release/issues/3840
 */
function rpmKeyFindings(node: ObservedNode, wanted: WantedKey): Finding[] {
  if (wanted.expected === undefined) return []
  const keys = readKeyring(node.facts.keyrings.get('rpm') ?? '')
  const theirs = keys.filter(({ fingerprint }) => fingerprint === wanted.expected)
  return theirs.length === 0 && !wanted.pinned ? [] : keyFindings(node, theirs, wanted)
}

function missingKey(name: string, path: string): Finding {
  const seen = `${path}, which signs the repository on ${name}, was not found.`
  return finding('signing-key-missing', name, seen, 'Fetch the key of the repository again.')
}

/** Which key is to sign the repository. */
interface WantedKey {
  /** Its fingerprint; undefined: any. */
  expected: string | undefined
  /** The policy says so. */
  pinned: boolean
  /** Whether packages have still to be fetched. */
  fetches: boolean
}

function keyFindings(
  { name, facts }: ObservedNode,
  keys: readonly SigningKey[],
  { expected, pinned, fetches }: WantedKey,
): Finding[] {
  const findings: Finding[] = []
  const found = keys.some(({ fingerprint }) => expected === undefined || fingerprint === expected)
  if (!found) {
    const held = keys.map(({ fingerprint }) => fingerprint).join(', ') || 'no key that can be read'
    const seen = `The keyring of the repository on ${name} holds ${held}${pinned ? `; pinned is ${expected ?? ''}` : ''}.`
    const remedy = pinned ? 'Put the pinned key there.' : 'Find out where the key came from.'
    findings.push(finding(pinned ? 'signing-key-not-pinned' : 'signing-key-unknown', name, seen, remedy))
  }
  const ends = keys.map(({ expires }) => expires ?? Infinity)
  const last = Math.max(...ends)
  if (keys.length === 0 || last === Infinity || !fetches) return findings
  const date = new Date(last * 1000).toISOString().slice(0, 10)
  const remedy = 'Fetch Release.key of a maintained minor again.'
  if (last <= facts.clock) {
    const seen = `The signing key of the repository on ${name} expired on ${date}.`
    findings.push(finding('signing-key-expired', name, seen, remedy))
  } else if (last - facts.clock < soonSeconds) {
    const seen = `The signing key of the repository on ${name} expires on ${date}.`
    findings.push(finding('signing-key-expires', name, seen, remedy))
  }
  return findings
}

/** A source without its comments. */
function active(content: string): string {
  return content
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
}
