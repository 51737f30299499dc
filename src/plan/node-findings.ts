import type { Policy } from '../inventory/policy.ts'
import { kubernetesPackages } from '../node/node.ts'
import { blocks, notice, type Finding } from './finding.ts'
import type { ObservedNode } from './observed.ts'

/** What speaks against upgrading one node, seen on the node itself. */
export function nodeFindings(node: ObservedNode, policy: Policy): Finding[] {
  return [
    ...packageFindings(node),
    ...systemFindings(node),
    ...readinessFindings(node),
    ...diskFindings(node, policy),
  ]
}

function packageFindings({ facts, name }: ObservedNode): Finding[] {
  const findings: Finding[] = []
  if (!facts.packageManagers.includes('apt-get')) {
    findings.push(
      blocks(
        'package-manager',
        'precondition-failed',
        name,
        `No apt-get on ${name} (${facts.os}).`,
        'This version upgrades nodes with apt.',
      ),
    )
  } else if (facts.repositories.length !== 1) {
    const files = facts.repositories.map((repository) => repository.file).join(', ') || 'none'
    findings.push(
      blocks(
        'package-repository',
        'precondition-failed',
        name,
        `Kubernetes package repositories on ${name}: ${files}; exactly one is expected.`,
        'Set up pkgs.k8s.io as https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/ says.',
      ),
    )
  } else if (facts.repositories[0]?.minor === undefined) {
    findings.push(
      blocks(
        'package-repository',
        'precondition-failed',
        name,
        `${facts.repositories[0]?.file ?? ''} on ${name} is no repository with a minor in its address.`,
        'The old apt.kubernetes.io is frozen: change to pkgs.k8s.io.',
      ),
    )
  }
  const absent = kubernetesPackages.filter((entry) => !facts.packages.has(entry))
  if (absent.length > 0 && facts.packageManagers.includes('apt-get')) {
    findings.push(
      blocks(
        'package-missing',
        'precondition-failed',
        name,
        `Not installed as packages on ${name}: ${absent.join(', ')}.`,
        'Install them from the package repository first.',
      ),
    )
  }
  if (facts.brokenPackages.length > 0) {
    findings.push(
      notice(
        'packages-interrupted',
        'warns',
        name,
        `dpkg was interrupted on ${name}: ${facts.brokenPackages.join(', ')}.`,
        'The upgrade runs "dpkg --configure -a" before it installs.',
      ),
    )
  }
  return findings
}

function systemFindings({ facts, name }: ObservedNode): Finding[] {
  const findings: Finding[] = []
  if (facts.swap) {
    findings.push(
      notice(
        'swap',
        'warns',
        name,
        `Swap is on at ${name}.`,
        'Turn it off, or be sure that the kubelet is configured for it (failSwapOn: false).',
      ),
    )
  }
  if (!facts.cgroupV2) {
    findings.push(
      notice(
        'cgroup-v1',
        'warns',
        name,
        `${name} uses cgroup v1, which the kubelet refuses from 1.35 on unless failCgroupV1 is false.`,
        'Move the machine to cgroup v2; until then keep failCgroupV1: false in kubelet-config and accept SystemVerification in the policy.',
      ),
    )
  }
  return findings
}

function readinessFindings(node: ObservedNode): Finding[] {
  if (node.node?.ready !== false) return []
  const seen = `${node.name} is NotReady: ${node.node.readyMessage || 'no reason given'}.`
  if (!node.facts.kubelet.active) {
    return [
      notice(
        'kubelet-down',
        'warns',
        node.name,
        `${seen} Its kubelet is ${node.facts.kubelet.state}.`,
        'The upgrade starts it and waits for Ready.',
      ),
    ]
  }
  if (node.role === 'worker') {
    return [
      notice('node-not-ready', 'warns', node.name, seen, 'It counts as unavailable and is upgraded first.'),
    ]
  }
  return [
    blocks(
      'control-plane-not-ready',
      'node-not-ready',
      node.name,
      seen,
      'Bring it to Ready first: kubeadm refuses to upgrade with a control plane node that is not.',
    ),
  ]
}

/** Space that an upgrade needs beside the copy of etcd: packages and images, MiB. */
const roomMiB = 1024

function diskFindings(node: ObservedNode, policy: Policy): Finding[] {
  const copies = policy.etcd.snapshot ? 2 : 1
  const needed = roomMiB + (node.role === 'control-plane' ? (copies * node.facts.etcdKiB) / 1024 : 0)
  return node.facts.disks
    .filter((disk, index, all) => all.findIndex((other) => other.mount === disk.mount) === index)
    .filter((disk) => disk.availableKiB / 1024 < needed)
    .map((disk) =>
      blocks(
        'disk-space',
        'precondition-failed',
        node.name,
        `${disk.mount} on ${node.name} has ${Math.round(disk.availableKiB / 1024)} MiB free; the upgrade wants ${Math.round(needed)} MiB.`,
        'Free space: old folders below /etc/kubernetes/tmp, unused images, the apt cache.',
      ),
    )
}
