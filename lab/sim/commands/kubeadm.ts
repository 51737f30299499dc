import { dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { parseVersion, type Version } from '../../../src/versions/version.ts'
import { imagesOf, version } from '../model/releases.ts'
import type { Call, Command } from './command.ts'
import {
  clusterConfiguration,
  finishApply,
  imageRepository,
  upgradeAddons,
  upgradeKubeletConfig,
} from './kubeadm-cluster.ts'
import {
  configured,
  policy,
  preflight,
  preflightFailed,
  reachesApi,
  refusedByPolicy,
} from './kubeadm-checks.ts'
import { upgradeStaticPods } from './kubeadm-static-pods.ts'
import { diff, dryRunApply, dryRunNode, plan } from './kubeadm-word.ts'

/** kubeadm: version, upgrade plan, diff, apply and node, config images list and pull. */
export const kubeadm: Command = async (call) => {
  const own = ownVersion(call)
  if (own === undefined) return 127
  const words = call.args.filter((word) => !word.startsWith('-')).slice(0, 3)
  if (words[0] === 'version') {
    call.out(call.option('-o') === 'short' ? own : `kubeadm version: ${own}`)
    return 0
  }
  if (words.slice(0, 2).join(' ') === 'config images') return images(call, words[2] ?? '')
  if (words[0] === 'upgrade') {
    const dry = call.has('--dry-run')
    if (words[1] === 'plan') return plan(call, own)
    if (words[1] === 'diff') return diff(call, own)
    if (words[1] === 'apply') return dry ? dryRunApply(call, own) : apply(call, own)
    if (words[1] === 'node') return dry ? dryRunNode(call) : node(call, own)
  }
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

/** A document of the file that `kubeadm config images` reads. */
interface Configuration {
  readonly kind?: string
  readonly kubernetesVersion?: string
  readonly imageRepository?: string
}

async function images(call: Call, verb: string): Promise<number> {
  const file = call.option('--config')
  const text = file === undefined ? '' : (call.machine.read(file) ?? '')
  const documents = parseAllDocuments(text).map((one) => one.toJS() as Configuration | null)
  const given = documents.find((one) => one?.kind === 'ClusterConfiguration')
  const wanted = parseVersion(call.option('--kubernetes-version') ?? given?.kubernetesVersion ?? '')
  if (wanted === undefined) {
    call.err('error: could not fetch a Kubernetes version from the internet')
    return 1
  }
  for (const image of imagesOf(wanted, given?.imageRepository)) {
    if (verb === 'list') {
      call.out(image)
      continue
    }
    if (!call.machine.images.has(image)) await call.sleep(4)
    if (!call.machine.images.has(image) && call.machine.pullsFail) return pullFailed(call, image)
    call.machine.images.add(image)
    call.out(`[config/images] Pulled ${image}`)
  }
  return 0
}

function pullFailed(call: Call, image: string): number {
  call.err(
    `error: failed to pull image "${image}": failed to pull image ${image}: rpc error: code = Unavailable desc = failed to resolve reference "${image}": dial tcp: i/o timeout`,
  )
  return 1
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
  if (refused.length > 0) return refusedByPolicy(call, refused)
  await pullImages(call, wanted)
  if (!(await upgradeStaticPods(call, wanted, options.timeout))) return 1
  call.out('[upgrade/control-plane] The control plane instance for this node was successfully upgraded!')
  await finishApply(call, own, wanted)
  await upgradeAddons(call, wanted)
  call.out(
    '',
    `[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "${wanted}".`,
    '',
    '[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.',
  )
  return 0
}

async function node(call: Call, own: Version): Promise<number> {
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
    upgradeKubeletConfig(call, own)
    call.out('[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.')
    return 0
  }
  await pullImages(call, wanted)
  if (!(await upgradeStaticPods(call, wanted, options.timeout))) return 1
  call.out('[upgrade/control-plane] The control plane instance for this node was successfully upgraded!')
  upgradeKubeletConfig(call, own)
  await upgradeAddons(call, wanted)
  return 0
}

async function pullImages(call: Call, wanted: Version): Promise<void> {
  call.out(
    '[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster',
    '[upgrade/preflight] This might take a minute or two, depending on the speed of your internet connection',
    "[upgrade/preflight] You can also perform this action beforehand using 'kubeadm config images pull'",
  )
  for (const image of imagesOf(wanted, imageRepository(call.cluster))) {
    if (call.machine.images.has(image)) continue
    await call.sleep(4)
    call.machine.images.add(image)
  }
}
