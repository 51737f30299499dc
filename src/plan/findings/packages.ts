import { kubernetesPackages } from '../../node/node.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { ObservedNode } from '../observed.ts'

export const packagesCatalogue = {
  'package-manager': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'Looks whose database has the Kubernetes packages: that of dpkg (apt) or of rpm (dnf, dnf5, zypper). yum 3, without dnf, is not among them.',
    todo: 'Upgrade such a node by other means.',
  },
  'package-missing': {
    severity: 'blocks',
    acceptable: false,
    looks: 'kubeadm or kubelet is not installed as a package, or on a control plane node kubectl.',
    todo: 'Install it from the package repository, at the version that runs now, and put it on hold.',
  },
  'packages-interrupted': {
    severity: 'warns',
    looks:
      'dpkg was interrupted on the node, or rpm, which leaves a package installed twice, in its old and its new version.',
    todo: 'Nothing: the upgrade runs `dpkg --configure -a`, or removes the older of the two, before it installs.',
  },
  'package-hold-missing': {
    severity: 'tells',
    looks:
      'kubeadm, kubelet and kubectl are to be on hold, so that only an upgrade moves them: `apt-mark showhold`; `exclude=` of the repository or of `dnf.conf`, or versionlock; `zypper locks`.',
    todo: 'Nothing: the upgrade sets the hold before anything else. Until then any upgrade of the system may move the kubelet.',
  },
  'package-lock': {
    severity: 'warns',
    looks:
      'Looks in `/proc/locks` for a process that holds a lock of apt, dpkg or rpm. The upgrade waits ten minutes for it.',
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
  if (facts.packageManager === undefined) {
    const found = facts.packageManagers.join(', ') || 'none'
    const seen = `No package manager on ${name} (${facts.os}) has Kubernetes packages; found: ${found}.`
    return [
      finding('package-manager', name, seen, 'This version upgrades nodes with apt, dnf, dnf5 and zypper.'),
    ]
  }
  return [...installedFindings(node), ...stateFindings(node)]
}

function installedFindings({ facts, name, role }: ObservedNode): Finding[] {
  const findings: Finding[] = []
  // What dpkg left unpacked is there: it is configured before anything is installed.
  const needed = kubernetesPackages.filter((entry) => role === 'control-plane' || entry !== 'kubectl')
  const absent = needed.filter((entry) => !facts.packages.has(entry) && !facts.brokenPackages.includes(entry))
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

function stateFindings({ facts, name }: ObservedNode): Finding[] {
  const findings: Finding[] = []
  if (facts.brokenPackages.length > 0) {
    const seen = `The package manager was interrupted on ${name}: ${facts.brokenPackages.join(', ')}.`
    const remedy = 'Nothing: the upgrade brings it to its end before it installs.'
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
