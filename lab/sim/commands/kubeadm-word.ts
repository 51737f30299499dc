import { parseVersion, type Version } from '../../../src/versions/version.ts'
import { apiServerVersion } from '../model/control-plane.ts'
import { manifestOf } from '../model/kubelet.ts'
import { components, imageOf } from '../model/releases.ts'
import type { Call } from './command.ts'
import { clusterConfiguration } from './kubeadm-cluster.ts'
import {
  configured,
  policy,
  preflight,
  preflightFailed,
  reachesApi,
  refusedByPolicy,
} from './kubeadm-checks.ts'

interface Component {
  name: string
  currentVersion: string
  newVersion: string
  nodeName?: string
}

/** `kubeadm upgrade plan -o json`. Leaves the Job of its health check, as the real one does for a minute. */
export async function plan(call: Call, own: Version): Promise<number> {
  const { cluster } = call
  const options = configured(call, 'plan')
  if (!reachesApi(call)) return 1
  // The milliseconds of the start; on a virtual clock two runs may start in the same one.
  let number = cluster.time.now()
  while (cluster.store.find('Job', 'kube-system', `upgrade-health-check-${number}`) !== undefined) number++
  cluster.store.create({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `upgrade-health-check-${number}`,
      namespace: 'kube-system',
      uid: crypto.randomUUID(),
      resourceVersion: '',
      creationTimestamp: new Date(call.cluster.time.now()).toISOString(),
    },
  })
  await call.sleep(3)
  const problems = preflight(call, options)
  if (problems.length > 0) return preflightFailed(call, problems)
  const wanted = parseVersion(options.kubernetesVersion ?? own) ?? own
  if (cluster.controlPlanes.every((machine) => apiServerVersion(machine) === wanted)) return 0
  const availableUpgrades = [{ description: 'version in the series', components: parts(call, wanted) }]
  const configVersions = ['kubeproxy', 'kubelet'].map((group) => ({
    group: `${group}.config.k8s.io`,
    currentVersion: group === 'kubelet' ? 'v1beta1' : 'v1alpha1',
    preferredVersion: group === 'kubelet' ? 'v1beta1' : 'v1alpha1',
    manualUpgradeRequired: false,
  }))
  const upgradePlan = { kind: 'UpgradePlan', apiVersion: 'output.kubeadm.k8s.io/v1alpha3' }
  call.out(JSON.stringify({ ...upgradePlan, availableUpgrades, configVersions }, undefined, 4))
  return 0
}

function parts(call: Call, wanted: Version): Component[] {
  const { cluster } = call
  const tag = (image: string): string => image.slice(image.lastIndexOf(':') + 1)
  const kubelets = [...cluster.machines.values()].map(({ name, kubelet }): Component => {
    return { name: 'kubelet', currentVersion: kubelet.reportedVersion, newVersion: wanted, nodeName: name }
  })
  const pods = cluster.controlPlanes.flatMap((machine) =>
    [...machine.containers].map(([name, { image }]): Component => {
      return {
        name,
        currentVersion: tag(image),
        newVersion: tag(imageOf(name, wanted)),
        nodeName: machine.name,
      }
    }),
  )
  const addons = (['kube-proxy', 'coredns'] as const).map((name): Component => {
    return { name, currentVersion: tag(cluster.addons[name].image), newVersion: tag(imageOf(name, wanted)) }
  })
  return [...kubelets, ...pods, ...addons]
}

/** `kubeadm upgrade diff`: of all static pods but etcd. */
export function diff(call: Call, own: Version): number {
  if (!reachesApi(call)) return 1
  const wanted = parseVersion(configured(call, 'diff').kubernetesVersion ?? own) ?? own
  for (const component of components.filter((name) => name !== 'etcd')) {
    const file = `/etc/kubernetes/manifests/${component}.yaml`
    call.raw(
      unified(file, call.machine.read(file) ?? '', manifestOf(component, wanted, call.machine.address)),
    )
  }
  return 0
}

/** One hunk from the first to the last line that differs. */
function unified(file: string, before: string, after: string): string {
  const [a, b] = [before.split('\n'), after.split('\n')]
  if (before === after) return ''
  const start = a.findIndex((line, at) => line !== b[at])
  let end = 0
  while (a.at(-1 - end) === b.at(-1 - end) && end < Math.min(a.length, b.length) - start) end++
  const from = Math.max(0, start - 3)
  const tail = a.slice(a.length - end, a.length - end + 3)
  const lines = [
    ...a.slice(from, start).map((line) => ` ${line}`),
    ...a.slice(start, a.length - end).map((line) => `-${line}`),
    ...b.slice(start, b.length - end).map((line) => `+${line}`),
    ...tail.map((line) => ` ${line}`),
  ]
  return [`--- ${file}`, '+++ new manifest', `@@ -${from + 1} +${from + 1} @@`, ...lines, ''].join('\n')
}

/** `kubeadm upgrade apply --dry-run`. */
export async function dryRunApply(call: Call, own: Version): Promise<number> {
  const options = configured(call, 'apply')
  if (!reachesApi(call)) return 1
  const problems = preflight(call, options)
  if (problems.length > 0) return preflightFailed(call, problems)
  const wanted = parseVersion(options.kubernetesVersion ?? own) ?? own
  const current = clusterConfiguration(call.cluster).kubernetesVersion
  const refused = policy(call, { current, own, wanted })
  if (refused.length > 0) return refusedByPolicy(call, refused)
  await call.sleep(1)
  call.out(`[dryrun] Would upgrade your static Pod-hosted control plane to version "${wanted}"`)
  call.out('[upgrade/successful] Finished dryrunning successfully!')
  return 0
}

/** `kubeadm upgrade node --dry-run`. */
export async function dryRunNode(call: Call): Promise<number> {
  if (!reachesApi(call)) return 1
  await call.sleep(0.1)
  call.out('[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!')
  return 0
}
