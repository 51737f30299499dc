import type { Policy } from '../../inventory/policy.ts'
import { minorOf, minorsBetween, type Version } from '../../versions/version.ts'
import { findingsOf, type Catalogue, type Finding } from '../finding.ts'
import type { ObservedNode } from '../observed.ts'

export const machineCatalogue = {
  swap: {
    severity: 'warns',
    looks: 'Looks at `/proc/swaps`, and at `failSwapOn` in the configuration of the kubelet.',
    todo: 'Turn swap off, or be sure that the kubelet is configured for it (`failSwapOn: false`).',
  },
  'cgroup-v1': {
    severity: 'warns',
    looks:
      'Looks at the file system of `/sys/fs/cgroup`. From 1.35 on the kubelet refuses to start on cgroup v1 unless `failCgroupV1: false` is set.',
    todo: "Move the machine to cgroup v2. Until then keep `failCgroupV1: false` in kubelet-config and name `SystemVerification` in the policy's `kubeadm.ignorePreflightErrors`.",
  },
  'cgroup-v1-refused': {
    severity: 'blocks',
    acceptable: false,
    looks:
      'The machine has cgroup v1, the target is 1.35 or newer, and `/var/lib/kubelet/config.yaml` does not say `failCgroupV1: false`: the new kubelet would not start.',
    todo: 'Move the machine to cgroup v2; or set `failCgroupV1: false` in the ConfigMap kube-system/kubelet-config and run `kubeadm upgrade node phase kubelet-config` with the installed kubeadm.',
  },
  'container-runtime-old': {
    severity: 'warns',
    looks:
      'Looks at the container runtime of the Node object. Kubelets from 1.38 on need the CRI call RuntimeConfig, which containerd has since 2.0 and CRI-O since 1.28.',
    todo: 'Upgrade the container runtime before the upgrade to 1.38.',
  },
  'container-runtime-refused': {
    severity: 'blocks',
    acceptable: false,
    looks: 'The same, with 1.38 or newer as the target: the kubelet would not start.',
    todo: 'Upgrade the container runtime first: containerd to 2.0 or CRI-O to 1.28, or newer.',
  },
  kernel: {
    severity: 'warns',
    looks:
      "Compares the kernel with those that kubeadm's SystemVerification supports: 5.4, 5.10, 5.15, and 6 or newer. kubeadm warns from 1.34 on, and refused before.",
    todo: 'Plan a newer kernel; kernels of distributions with backports work in practice.',
  },
  'clock-difference': {
    severity: 'warns',
    looks:
      'Compares the clock of every node with that of the primary, and tells what the time that the question took cannot explain: more than 5 seconds.',
    todo: 'Repair time synchronisation (`timedatectl`, chrony) first: certificates, etcd and heartbeats depend on it.',
  },
  'disk-space': {
    severity: 'blocks',
    looks:
      "Looks at the free space of the file systems of `/var/cache/apt/archives`, `/var/lib/kubelet`, `/var/lib/containerd`, `/etc/kubernetes`, `/var/lib/etcd` and `/usr`: 1 GiB for packages and images, on control plane nodes also room for copies of etcd at every hop (kubeadm's, and the snapshot).",
    todo: 'Remove old folders below `/etc/kubernetes/tmp`, unused images (`crictl rmi --prune`), the apt cache (`apt-get clean`).',
  },
  'image-collection': {
    severity: 'warns',
    looks:
      "Whether the new images would lift the file system of `/var/lib/containerd` over the kubelet's `imageGCHighThresholdPercent` (85 by default): the kubelet then removes images that no container uses, those that were pulled for the upgrade first of all.",
    todo: 'Free space on that file system. Images that were removed are pulled again when they are needed, while the node is out of service.',
  },
  'kubeadm-leftovers': {
    severity: 'tells',
    looks:
      'Looks at the size of `/etc/kubernetes/tmp`, where kubeadm leaves a copy of etcd at every upgrade and never removes one: more than 500 MiB.',
    todo: 'Run the phase `cleanup` while no upgrade is under way.',
  },
} as const satisfies Catalogue

const finding = findingsOf(machineCatalogue)

/** What speaks against upgrading one machine as it is. @param hops how many hops are ahead */
export function machineFindings(
  node: ObservedNode,
  policy: Policy,
  target: Version,
  hops: number,
): Finding[] {
  return [
    ...swapFindings(node),
    ...cgroupFindings(node, target),
    ...runtimeFindings(node, target),
    ...kernelFindings(node),
    ...diskFindings(node, policy, hops),
    ...imageFindings(node),
    ...leftoverFindings(node),
  ]
}

function swapFindings({ facts, name }: ObservedNode): Finding[] {
  if (!facts.swap || facts.kubelet.config.failSwapOn === false) return []
  const remedy = 'Turn it off, or be sure that the kubelet is configured for it (failSwapOn: false).'
  return [finding('swap', name, `Swap is on at ${name}.`, remedy)]
}

function cgroupFindings({ facts, name }: ObservedNode, target: Version): Finding[] {
  if (facts.cgroupV2) return []
  const allowed = facts.kubelet.config.failCgroupV1 === false
  if (!allowed && minorsBetween('1.35', minorOf(target)) >= 0) {
    const seen = `${name} uses cgroup v1, which the kubelet of ${target} refuses; its configuration does not say failCgroupV1: false.`
    const remedy =
      'Move the machine to cgroup v2, or set failCgroupV1: false in kubelet-config and on the node.'
    return [finding('cgroup-v1-refused', name, seen, remedy)]
  }
  const seen = `${name} uses cgroup v1, which the kubelet refuses from 1.35 on unless failCgroupV1 is false.`
  const remedy =
    'Move the machine to cgroup v2; until then keep failCgroupV1: false in kubelet-config and accept SystemVerification in the policy.'
  return [finding('cgroup-v1', name, seen, remedy)]
}

/** First versions with the CRI call RuntimeConfig, https://github.com/kubernetes/kubernetes/pull/139121 */
const firstWithRuntimeConfig: Readonly<Record<string, readonly [number, number]>> = {
  containerd: [2, 0],
  'cri-o': [1, 28],
}

function runtimeFindings({ node, name }: ObservedNode, target: Version): Finding[] {
  const [, runtime = '', major = '', minor = ''] =
    /^([\w-]+):\/\/v?(\d+)\.(\d+)/.exec(node?.containerRuntime ?? '') ?? []
  const first = firstWithRuntimeConfig[runtime]
  if (first === undefined) return []
  if (Number(major) > first[0] || (Number(major) === first[0] && Number(minor) >= first[1])) return []
  const refused = minorsBetween('1.38', minorOf(target)) >= 0
  return [
    finding(
      refused ? 'container-runtime-refused' : 'container-runtime-old',
      name,
      `${name} runs ${runtime} ${major}.${minor}, which lacks the CRI call RuntimeConfig that kubelets from 1.38 on need.`,
      `Upgrade ${runtime} to ${first.join('.')} or newer.`,
    ),
  ]
}

// https://github.com/kubernetes/system-validators validators/types_unix.go, KernelSpec.Versions
const supportedKernel = /^Linux (5\.4\D|5\.10\D|5\.15\D|([6-9]|[1-9]\d+)\.)/

function kernelFindings({ facts, name }: ObservedNode): Finding[] {
  if (facts.kernel === '' || supportedKernel.test(`${facts.kernel} `)) return []
  const seen = `${name} runs ${facts.kernel}, which kubeadm's SystemVerification does not support.`
  return [finding('kernel', name, seen, 'Plan a newer kernel: 5.4, 5.10, 5.15, or 6 and newer.')]
}

/** Space that an upgrade needs beside the copy of etcd: packages and images, MiB. */
const roomMiB = 1024

function diskFindings(node: ObservedNode, policy: Policy, hops: number): Finding[] {
  const copies = (policy.etcd.snapshot ? 2 : 1) * Math.max(1, hops)
  const needed = roomMiB + (node.role === 'control-plane' ? (copies * node.facts.etcdKiB) / 1024 : 0)
  return node.facts.disks
    .filter((disk, index, all) => all.findIndex((other) => other.mount === disk.mount) === index)
    .filter((disk) => disk.availableKiB / 1024 < needed)
    .map((disk) =>
      finding(
        'disk-space',
        node.name,
        `${disk.mount} on ${node.name} has ${Math.round(disk.availableKiB / 1024)} MiB free; the upgrade wants ${Math.round(needed)} MiB.`,
        'Free space: old folders below /etc/kubernetes/tmp, unused images, the apt cache.',
      ),
    )
}

function imageFindings({ facts, name }: ObservedNode): Finding[] {
  const threshold = facts.kubelet.config.imageGCHighThresholdPercent ?? 85
  // Where the container runtime has no file system of its own, its images are on that of /usr, which facts.sh names last.
  const stores = ['/var/lib/containerd', '/var/lib/containers', '/var/lib/docker']
  const disk = facts.disks.find(({ mount }) => stores.includes(mount)) ?? facts.disks.at(-1)
  if (disk === undefined || disk.sizeKiB === 0 || threshold >= 100) return []
  const used = (1 - (disk.availableKiB - roomMiB * 1024) / disk.sizeKiB) * 100
  if (used < threshold) return []
  const seen = `With the new images ${disk.mount} on ${name} would be ${Math.round(used)} % full; from ${threshold} % on the kubelet removes unused images.`
  return [finding('image-collection', name, seen, 'Free space, or the images are pulled twice.')]
}

function leftoverFindings({ facts, name }: ObservedNode): Finding[] {
  const MiB = facts.backupsKiB / 1024
  if (MiB < 500) return []
  const seen = `/etc/kubernetes/tmp on ${name} holds ${Math.round(MiB)} MiB in ${facts.backups.length} folders of kubeadm.`
  return [
    finding('kubeadm-leftovers', name, seen, 'The phase cleanup removes them while no upgrade is under way.'),
  ]
}

/** Seconds between two clocks that are worth a word. */
const clockSeconds = 5

/** Clocks that certainly differ from the first node's, whatever time the questions took. */
export function clockFindings(nodes: readonly ObservedNode[]): Finding[] {
  const [first, ...others] = nodes
  if (first === undefined) return []
  const [low, high] = offset(first)
  return others.flatMap((node) => {
    const [from, to] = offset(node)
    const apart = Math.max(from - high, low - to)
    if (apart < clockSeconds) return []
    const direction = from > high ? 'ahead of' : 'behind'
    const seen = `The clock of ${node.name} is at least ${Math.round(apart)} s ${direction} that of ${first.name}.`
    return [finding('clock-difference', node.name, seen, 'Repair time synchronisation first.')]
  })
}

/** Bounds of how much a node's clock is ahead of the runner's: it was read, in whole seconds, somewhere in between. */
function offset({ facts: { clock, asked } }: ObservedNode): [number, number] {
  return [clock - asked.to, clock + 1 - asked.from]
}
