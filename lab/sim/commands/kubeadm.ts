import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import {
  compareVersions,
  minorOf,
  minorsBetween,
  parseVersion,
  type Version,
} from '../../../src/versions/version.ts'
import { serversBehind } from '../model/control-plane.ts'
import { nodeReady } from '../model/kubelet.ts'
import { imagesOf, version } from '../model/releases.ts'
import type { Call, Command } from './command.ts'
import { clusterConfiguration, finishApply, upgradeAddons, upgradeKubeletConfig } from './kubeadm-cluster.ts'
import { upgradeStaticPods } from './kubeadm-static-pods.ts'

/** kubeadm: version, upgrade apply, upgrade node, config images list and pull. */
export const kubeadm: Command = async (call) => {
  const own = ownVersion(call)
  if (own === undefined) return 127
  const words = call.args.filter((word) => !word.startsWith('-')).slice(0, 3)
  if (words[0] === 'version') {
    call.out(call.option('-o') === 'short' ? own : `kubeadm version: ${own}`)
    return 0
  }
  if (words.slice(0, 2).join(' ') === 'config images') return images(call, words[2] ?? '')
  if (words[0] === 'upgrade' && words[1] === 'apply') return apply(call, own)
  if (words[0] === 'upgrade' && words[1] === 'node') return node(call)
  call.err(`error: unknown command "${words.join(' ')}" for "kubeadm"`)
  return 1
}

/** Of the package, or of the folder into which the package was extracted. */
function ownVersion({ machine, path }: Call): Version | undefined {
  const extracted = machine.read(join(dirname(path), '../share/doc/kubeadm/version'))
  const installed = machine.packages.get('kubeadm')
  if (extracted !== undefined && path.includes('/var/')) return parseVersion(extracted.trim())
  return installed === undefined ? undefined : version(installed.version)
}

async function images(call: Call, verb: string): Promise<number> {
  const file = call.option('--config')
  const text = file === undefined ? '' : (call.machine.read(file) ?? '')
  const wanted = parseVersion((parse(text) as { kubernetesVersion?: string } | null)?.kubernetesVersion ?? '')
  if (wanted === undefined) {
    call.err('error: could not fetch a Kubernetes version from the internet')
    return 1
  }
  for (const image of imagesOf(wanted)) {
    if (verb === 'list') {
      call.out(image)
      continue
    }
    if (!call.machine.images.has(image)) await call.sleep(4)
    call.machine.images.add(image)
    call.out(`[config/images] Pulled ${image}`)
  }
  return 0
}

interface UpgradeOptions {
  readonly kubernetesVersion?: string
  readonly ignorePreflightErrors?: readonly string[]
}

/** The part of the UpgradeConfiguration that is for this command. */
function configured(call: Call, part: 'apply' | 'node'): UpgradeOptions & { timeout: number } {
  const file = call.option('--config')
  const text = file === undefined ? '' : (call.machine.read(file) ?? '')
  const all = (parse(text) ?? {}) as Partial<Record<string, UpgradeOptions>> & {
    timeouts?: { upgradeManifests?: string }
  }
  const minutes = /^(\d+)m/.exec(all.timeouts?.upgradeManifests ?? '5m0s')?.[1]
  return { ...all[part], timeout: Number(minutes) * 60 }
}

async function apply(call: Call, own: Version): Promise<number> {
  const { cluster } = call
  const options = configured(call, 'apply')
  call.out(
    '[upgrade] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...',
    "[upgrade] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.",
  )
  if (!reachesApi(call)) return 1
  call.out('[upgrade/preflight] Running preflight checks', '[upgrade] Running cluster health checks')
  await call.sleep(3)
  const problems = preflight(call, options)
  if (problems.length > 0) return preflightFailed(call, problems)
  const wanted = parseVersion(options.kubernetesVersion ?? own)
  const current = clusterConfiguration(cluster).kubernetesVersion
  if (wanted === undefined) {
    call.err(`error: couldn't parse kubernetes version "${options.kubernetesVersion ?? ''}"`)
    return 1
  }
  call.out(
    `[upgrade/preflight] You have chosen to upgrade the cluster version to "${wanted}"`,
    `[upgrade/versions] Cluster version: ${current}`,
    `[upgrade/versions] kubeadm version: ${own}`,
  )
  const refused = policy(call, { current, own, wanted })
  if (refused.length > 0) {
    call.err(
      'error: error execution phase preflight: [upgrade/version] FATAL: the --version argument is invalid due to these fatal errors:',
      '',
      ...refused.map((line) => `\t- ${line}`),
      'Please fix the misalignments highlighted above and try upgrading again',
    )
    return 1
  }
  await pullImages(call, wanted)
  if (!(await upgradeStaticPods(call, wanted, options.timeout))) return 1
  call.out('[upgrade/control-plane] The control plane instance for this node was successfully upgraded!')
  await finishApply(call, wanted)
  await upgradeAddons(call, wanted)
  call.out(
    '',
    `[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "${wanted}".`,
    '',
    '[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.',
  )
  return 0
}

async function node(call: Call): Promise<number> {
  const { cluster, machine } = call
  const options = configured(call, 'node')
  call.out(
    '[upgrade] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...',
  )
  if (!reachesApi(call)) return 1
  // The version comes from the cluster, never from the binary: too early it silently applies the old one.
  const wanted = clusterConfiguration(cluster).kubernetesVersion
  call.out('[upgrade/preflight] Running pre-flight checks')
  if (machine.read('/etc/kubernetes/manifests/kube-apiserver.yaml') === undefined) {
    call.out(
      '[upgrade/preflight] Skipping prepull. Not a control plane node.',
      '[upgrade/control-plane] Skipping phase. Not a control plane node.',
    )
    await call.sleep(0.1)
    upgradeKubeletConfig(call, wanted)
    call.out('[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.')
    return 0
  }
  await pullImages(call, wanted)
  if (!(await upgradeStaticPods(call, wanted, options.timeout))) return 1
  call.out('[upgrade/control-plane] The control plane instance for this node was successfully upgraded!')
  upgradeKubeletConfig(call, wanted)
  await upgradeAddons(call, wanted)
  return 0
}

function reachesApi(call: Call): boolean {
  const { cluster, machine } = call
  cluster.settle()
  const server = machine.role === 'worker' ? machine.kubelet.server : `https://${cluster.endpoint}`
  if (serversBehind(cluster, server).length > 0) return true
  const host = server.replace('https://', '')
  call.err(
    `error: error execution phase preflight: [upgrade/init config] FATAL: failed to get config map: Get "https://${host}/api/v1/namespaces/kube-system/configmaps/kubeadm-config?timeout=10s": dial tcp: connect: connection refused`,
  )
  return false
}

/** Names and texts of the checks that fail. https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/ */
function preflight(call: Call, { ignorePreflightErrors = [] }: UpgradeOptions): [string, string][] {
  const { cluster, machine } = call
  const problems: [string, string][] = []
  const notReady = cluster.controlPlanes.filter((one) => !nodeReady(cluster, one)).map((one) => one.name)
  if (notReady.length > 0)
    problems.push([
      'ControlPlaneNodesReady',
      `there are NotReady control-planes in the cluster: [${notReady.join(' ')}]`,
    ])
  const absent = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].filter(
    (name) => machine.read(`/etc/kubernetes/manifests/${name}.yaml`) === undefined,
  )
  if (absent.length > 0)
    problems.push([
      'StaticPodManifest',
      `The control plane seems to be missing manifest files: ${absent.join(', ')}`,
    ])
  const ignored = ignorePreflightErrors.map((name) => name.toLowerCase())
  return problems.filter(([name]) => !ignored.includes(name.toLowerCase()) && !ignored.includes('all'))
}

function preflightFailed(call: Call, problems: readonly [string, string][]): number {
  call.err(
    'error: error execution phase preflight: [upgrade/health] FATAL: [preflight] Some fatal errors occurred:',
    ...problems.map(([name, text]) => `\t[ERROR ${name}]: ${text}`),
    '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`',
  )
  return 1
}

/** kubeadm's own version policy: k8s.io/kubernetes/cmd/kubeadm/app/phases/upgrade/policy.go */
function policy(
  call: Call,
  { current, own, wanted }: { current: Version; own: Version; wanted: Version },
): string[] {
  const errors: string[] = []
  const step = minorsBetween(minorOf(current), minorOf(wanted))
  if (step > 1)
    errors.push(
      `Specified version to upgrade to "${wanted}" is too high; kubeadm can upgrade only 1 minor version at a time`,
    )
  if (step < -1)
    errors.push(
      `Specified version to downgrade to "${wanted}" is too low; kubeadm can downgrade only 1 minor version at a time`,
    )
  if (compareVersions(wanted, own) > 0)
    errors.push(
      `Specified version to upgrade to "${wanted}" is higher than the kubeadm version "${own}". Upgrade kubeadm first using the tool you used to install kubeadm`,
    )
  if (minorsBetween(minorOf(wanted), minorOf(own)) > 0)
    errors.push(`Kubeadm version ${own} can only be used to upgrade to Kubernetes version ${minorOf(own)}`)
  const old = [...call.cluster.machines.values()]
    .map((machine) => machine.kubelet.reportedVersion)
    .filter((kubelet) => minorsBetween(minorOf(kubelet), minorOf(wanted)) > 3)
  if (old.length > 0)
    errors.push(
      `There are kubelets in this cluster that are too old that have these versions [${old.join(' ')}]`,
    )
  return errors
}

async function pullImages(call: Call, wanted: Version): Promise<void> {
  call.out(
    '[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster',
    '[upgrade/preflight] This might take a minute or two, depending on the speed of your internet connection',
    "[upgrade/preflight] You can also perform this action beforehand using 'kubeadm config images pull'",
  )
  for (const image of imagesOf(wanted)) {
    if (call.machine.images.has(image)) continue
    await call.sleep(4)
    call.machine.images.add(image)
  }
}
