import { parse } from 'yaml'
import { compareVersions, minorOf, minorsBetween, type Version } from '../../../src/versions/version.ts'
import { serversBehind } from '../model/control-plane.ts'
import { nodeReady } from '../model/kubelet.ts'
import type { Call } from './command.ts'

export interface UpgradeOptions {
  readonly kubernetesVersion?: string
  readonly ignorePreflightErrors?: readonly string[]
}

/** The part of the UpgradeConfiguration that is for this command. */
export function configured(
  call: Call,
  part: 'apply' | 'node' | 'plan' | 'diff',
): UpgradeOptions & { timeout: number } {
  const file = call.option('--config')
  const text = file === undefined ? '' : (call.machine.read(file) ?? '')
  const all = (parse(text) ?? {}) as Partial<Record<string, UpgradeOptions>> & {
    timeouts?: { upgradeManifests?: string }
  }
  const minutes = /^(\d+)m/.exec(all.timeouts?.upgradeManifests ?? '5m0s')?.[1]
  return { ...all[part], timeout: Number(minutes) * 60 }
}

/** Whether kubeadm gets to the cluster; says why not. */
export function reachesApi(call: Call): boolean {
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
export function preflight(call: Call, { ignorePreflightErrors = [] }: UpgradeOptions): [string, string][] {
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

export function preflightFailed(call: Call, problems: readonly [string, string][]): number {
  call.err(
    'error: error execution phase preflight: [upgrade/health] FATAL: [preflight] Some fatal errors occurred:',
    ...problems.map(([name, text]) => `\t[ERROR ${name}]: ${text}`),
    '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`',
  )
  return 1
}

/** kubeadm's own version policy: k8s.io/kubernetes/cmd/kubeadm/app/phases/upgrade/policy.go */
export function policy(
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

/** The end of `upgrade apply` that kubeadm's own version policy refuses. */
export function refusedByPolicy(call: Call, refused: readonly string[]): number {
  call.err(
    'error: error execution phase preflight: [upgrade/version] FATAL: the --version argument is invalid due to these fatal errors:',
    '',
    ...refused.map((line) => `\t- ${line}`),
    'Please fix the misalignments highlighted above and try upgrading again',
  )
  return 1
}
