import type { Policy } from '../inventory/policy.ts'
import type { Job } from '../ssh/jobs.ts'
import { joinScripts, loadScript } from '../ssh/script.ts'
import type { Version } from '../versions/version.ts'
import { upgradeConfiguration } from './kubeadm.ts'
import { kubeadmPurpose, packagesToMove, type NodeFacts } from './node.ts'
import { windowsFunctions, windowsSource } from './packages/windows.ts'

/*
 * What a Windows worker does in another way than a Linux one, beside its programs (packages/windows.ts) and its facts
 * (windows-facts.ts). The procedure: https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-windows-nodes/
 */

const upgrade = joinScripts(
  'windows-kubeadm-upgrade.ps1',
  windowsFunctions,
  loadScript(
    'windows-kubeadm-upgrade.ps1',
    new URL('./scripts/windows-kubeadm-upgrade.ps1', import.meta.url),
  ),
)
const restart = loadScript('windows-restart.ps1', new URL('./scripts/windows-restart.ps1', import.meta.url))

/**
 * `kubeadm upgrade node`.
 * @param installed whether by the kubeadm that is installed, else by one that is downloaded and not installed
 */
export function windowsUpgradeJob(
  { architecture, programPaths }: NodeFacts,
  version: Version,
  policy: Policy,
  installed: boolean,
): Job {
  const { base, go } = windowsSource({ architecture, ...policy.packages })
  const kubeadm = installed ? (programPaths.get('kubeadm') ?? '') : ''
  return {
    purpose: kubeadmPurpose('node', version),
    script: upgrade,
    args: [kubeadm, base, version, go, upgradeConfiguration('node', version, policy)],
    timeout: policy.timeouts.kubeadm + (installed ? 0 : policy.timeouts.packages),
  }
}

/** Restarts the services of the programs that were replaced. */
export function windowsRestartJob(facts: NodeFacts): Job {
  const names = packagesToMove(facts).filter((name) => name !== 'kubeadm')
  return { purpose: 'restart-kubelet', script: restart, args: names, timeout: 180_000 }
}
