import { kubernetesPackages } from '../../node/node.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { ObservedNode } from '../observed.ts'

export const packagesCatalogue = {
  'package-manager': {
    severity: 'blocks',
    acceptable: false,
    looks: 'Looks for `apt-get`. This release upgrades nodes with apt only.',
    todo: 'Upgrade such a cluster by other means.',
  },
  'package-missing': {
    severity: 'blocks',
    acceptable: false,
    looks: 'kubeadm, kubelet or kubectl is not installed as a package.',
    todo: 'Install it from the package repository, at the version that runs now, and put it on hold.',
  },
  'packages-interrupted': {
    severity: 'warns',
    looks: 'dpkg was interrupted on the node.',
    todo: 'Nothing: the upgrade runs `dpkg --configure -a` before it installs.',
  },
  'package-hold-missing': {
    severity: 'tells',
    looks:
      'Looks at `apt-mark showhold`: kubeadm, kubelet and kubectl are to be on hold, so that only an upgrade moves them.',
    todo: 'Nothing: the upgrade sets the hold before anything else. Until then an `apt-get upgrade` may move the kubelet.',
  },
  'package-lock': {
    severity: 'warns',
    looks:
      'Looks in `/proc/locks` for a process that holds a lock of apt or dpkg. The upgrade waits ten minutes for it.',
    todo: 'Let the process end, or stop what started it; never remove the lock.',
  },
  'package-preferences': {
    severity: 'warns',
    looks:
      'Looks in `/etc/apt/preferences` and `/etc/apt/preferences.d` for pins of Kubernetes packages or their repository.',
    todo: 'Remove the pin: the upgrade installs exact versions and holds them; a pin with a negative priority hides them from apt.',
  },
} as const satisfies Catalogue

const finding = findingsOf(packagesCatalogue)

/** What speaks against installing packages on one node. Repositories and their keys: repositories.ts. */
export function packageFindings(node: ObservedNode): Finding[] {
  const { facts, name } = node
  if (!facts.packageManagers.includes('apt-get')) {
    const seen = `No apt-get on ${name} (${facts.os}).`
    return [finding('package-manager', name, seen, 'This version upgrades nodes with apt.')]
  }
  return [...installedFindings(node), ...aptFindings(node)]
}

function installedFindings({ facts, name }: ObservedNode): Finding[] {
  const findings: Finding[] = []
  const absent = kubernetesPackages.filter((entry) => !facts.packages.has(entry))
  const loose = kubernetesPackages.filter(
    (entry) => facts.packages.has(entry) && !facts.holds.includes(entry),
  )
  if (absent.length > 0) {
    const seen = `Not installed as packages on ${name}: ${absent.join(', ')}.`
    const remedy = 'Install them from the package repository first.'
    findings.push(finding('package-missing', name, seen, remedy))
  }
  if (loose.length > 0) {
    const seen = `Not on hold on ${name}: ${loose.join(', ')}.`
    findings.push(finding('package-hold-missing', name, seen, 'Nothing: the upgrade sets the hold first.'))
  }
  return findings
}

function aptFindings({ facts, name }: ObservedNode): Finding[] {
  const findings: Finding[] = []
  if (facts.brokenPackages.length > 0) {
    const seen = `dpkg was interrupted on ${name}: ${facts.brokenPackages.join(', ')}.`
    const remedy = 'The upgrade runs "dpkg --configure -a" before it installs.'
    findings.push(finding('packages-interrupted', name, seen, remedy))
  }
  const [lock] = facts.packageLocks
  if (lock !== undefined) {
    const seen = `Process ${lock.pid}${lock.holder && ` (${lock.holder})`} holds ${lock.file} on ${name}.`
    const remedy = 'Let it end; the upgrade waits ten minutes for it. Never remove the lock.'
    findings.push(finding('package-lock', name, seen, remedy))
  }
  for (const { file } of facts.preferences) {
    const seen = `${file} of apt's preferences on ${name} pins Kubernetes packages.`
    const remedy = 'Remove the pin: holds keep the packages where they are.'
    findings.push(finding('package-preferences', name, seen, remedy))
  }
  return findings
}
