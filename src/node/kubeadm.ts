import { parse, stringify } from 'yaml'
import type { Policy } from '../inventory/policy.ts'
import type { Job } from '../ssh/jobs.ts'
import { loadScript } from '../ssh/script.ts'
import type { Version } from '../versions/version.ts'
import { withKubeadm } from './extracted-kubeadm.ts'
import { kubeadmPurpose } from './node.ts'
import type { FetchKubeadm } from './packages/package-manager.ts'

const upgrade = loadScript('kubeadm-upgrade', new URL('./scripts/kubeadm-upgrade.sh', import.meta.url))
const upgradeExtracted = loadScript(
  'kubeadm-upgrade-extracted',
  new URL('./scripts/kubeadm-upgrade-extracted.sh', import.meta.url),
)
const stopServer = loadScript('stop-api-server', new URL('./scripts/stop-api-server.sh', import.meta.url))

/** Seconds that the documented procedure gives an API server to finish its requests. */
const gracefulStopSeconds = 20

/**
 * The UpgradeConfiguration of one kubeadm call. kubeadm refuses most flags beside --config, and the timeouts exist only
 * there, so everything goes through it. What the policy gives is kept; the version is ours. That of `apply` is also for
 * `plan`, `diff` and the dry run: what they are asked about is what will be done.
 * Source: k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/v1beta4/types.go
 */
export function upgradeConfiguration(action: 'apply' | 'node', version: Version, policy: Policy): string {
  const given = policy.kubeadm.config as Record<string, Record<string, unknown>>
  const { certificateRenewal, patches, ignorePreflightErrors } = policy.kubeadm
  const ignored = ignorePreflightErrors.length > 0 && { ignorePreflightErrors }
  const ours = {
    certificateRenewal,
    ...(patches !== undefined && { patches: { directory: patches } }),
    ...ignored,
  }
  const sections =
    action === 'node'
      ? { node: { ...given['node'], ...ours } }
      : {
          plan: { ...given['plan'], ...ignored, kubernetesVersion: version },
          // Without this kubeadm prints the changed lines alone.
          diff: { contextLines: 3, ...given['diff'], kubernetesVersion: version },
          apply: { ...given['apply'], ...ours, kubernetesVersion: version },
        }
  return stringify({
    ...given,
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    kind: 'UpgradeConfiguration',
    ...sections,
    timeouts: { upgradeManifests: '10m0s', ...given['timeouts'] },
  })
}

/** `kubeadm upgrade apply` or `kubeadm upgrade node`. */
export function upgradeJob(action: 'apply' | 'node', version: Version, policy: Policy): Job {
  return {
    purpose: kubeadmPurpose(action, version),
    script: upgrade,
    args: [action, version, upgradeConfiguration(action, version, policy)],
    timeout: policy.timeouts.kubeadm,
  }
}

/**
 * `kubeadm upgrade node` on a worker by the kubeadm of a minor that its kubelet skips: extracted, never installed. Its record
 * is that of an installed one's.
 */
export function upgradeWithoutInstallingJob(version: Version, policy: Policy, kubeadm: FetchKubeadm): Job {
  return {
    purpose: kubeadmPurpose('node', version),
    script: withKubeadm(kubeadm, upgradeExtracted),
    args: [version, upgradeConfiguration('node', version, policy), ...kubeadm.args],
    timeout: policy.timeouts.packages + policy.timeouts.kubeadm,
  }
}

/**
 * kubeadm upgrade at the version that runs, to have all manifests written anew. Its check CreateJob is ignored: what does not
 * come up may be the scheduler or the controller manager, without which no Job is ever complete.
 *
 * @param installed kubeadm of the node; it may be a minor newer
 */
export function kubeadmAgainJob(
  { action, version, installed }: { action: 'apply' | 'node'; version: Version; installed: Version },
  policy: Policy,
): Job {
  const configuration = upgradeConfiguration(action, version, policy)
  return {
    purpose: `kubeadm-again-${action}-${version}`,
    script: upgrade,
    args: [action, installed, action === 'apply' ? forced(configuration, policy) : configuration],
    timeout: policy.timeouts.kubeadm,
  }
}

function forced(configuration: string, { kubeadm }: Policy): string {
  const parsed = parse(configuration) as { apply: object }
  const ignorePreflightErrors = [...new Set([...kubeadm.ignorePreflightErrors, 'CreateJob'])]
  return stringify({ ...parsed, apply: { ...parsed.apply, forceUpgrade: true, ignorePreflightErrors } })
}

/** Ends the node's API server gracefully; the kubelet starts it again. */
export function stopApiServerJob(): Job {
  return {
    purpose: 'stop-api-server',
    script: stopServer,
    args: [String(gracefulStopSeconds)],
    timeout: (gracefulStopSeconds + 30) * 1000,
  }
}
