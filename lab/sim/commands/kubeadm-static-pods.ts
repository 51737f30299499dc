import type { Version } from '../../../src/versions/version.ts'
import { etcdMembersUp, hasQuorum, isUp } from '../model/control-plane.ts'
import { manifestOf } from '../model/kubelet.ts'
import { components, imageOf, type Component } from '../model/releases.ts'
import type { Call } from './command.ts'
import { imageRepository } from './kubeadm-cluster.ts'

const certificates: Readonly<Record<Component, readonly string[]>> = {
  etcd: ['etcd-server', 'etcd-peer', 'etcd-healthcheck-client'],
  'kube-apiserver': ['apiserver', 'apiserver-kubelet-client', 'front-proxy-client', 'apiserver-etcd-client'],
  'kube-controller-manager': ['controller-manager.conf'],
  'kube-scheduler': ['scheduler.conf'],
}

/**
 * Replaces the manifests of this node one after the other and waits for each; restores all of them when one fails.
 * @param timeout seconds for each component
 * @returns whether it succeeded
 */
export async function upgradeStaticPods(call: Call, wanted: Version, timeout: number): Promise<boolean> {
  const { cluster, machine } = call
  const others = [...cluster.inWork].filter((name) => name !== machine.name)
  if (others.length > 0) {
    const text = `kubeadm changes ${machine.name} while it changes ${others.join(', ')}`
    cluster.violations.push({ rule: 'control-planes-in-work', text })
  }
  cluster.inWork.add(machine.name)
  try {
    call.out(
      `[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version "${wanted}" (timeout: ${Math.round(timeout / 60)}m0s)...`,
    )
    return await replaceAll(call, wanted, timeout)
  } finally {
    cluster.inWork.delete(machine.name)
  }
}

async function replaceAll(call: Call, wanted: Version, timeout: number): Promise<boolean> {
  const { machine } = call
  const now = new Date(call.cluster.time.now())
  const stamp = now.toISOString().slice(0, 19).replace(/[T:]/g, '-')
  const backup = `/etc/kubernetes/tmp/kubeadm-backup-manifests-${stamp}`
  const fresh = `/etc/kubernetes/tmp/kubeadm-upgraded-manifests${now.getTime() % 1e9}`
  machine.write(
    `/etc/kubernetes/tmp/kubeadm-backup-etcd-${stamp}/etcd/member/snap/db`,
    machine.read('/var/lib/etcd/member/snap/db') ?? '',
  )
  call.out(`[upgrade/staticpods] Writing new Static Pod manifests to "${fresh}"`)
  const done: Component[] = []
  for (const component of components) {
    const manifest = manifestOf(component, wanted, machine.address, imageRepository(call.cluster))
    const file = `/etc/kubernetes/manifests/${component}.yaml`
    const before = machine.read(file)
    if (before === undefined && component === 'etcd') continue
    call.out(`[upgrade/staticpods] Preparing for "${component}" upgrade`)
    if (component === 'etcd' && etcdMembersUp(call.cluster).length < call.cluster.controlPlanes.length) {
      call.err(
        'error: error execution phase control-plane: [upgrade/etcd] FATAL: etcd cluster is not healthy',
      )
      return false
    }
    if (before === manifest && component !== 'etcd') {
      call.out(`[upgrade/staticpods] Current and new manifests of ${component} are equal, skipping upgrade`)
      continue
    }
    for (const name of certificates[component]) call.out(`[upgrade/staticpods] Renewing ${name} certificate`)
    machine.write(`${backup}/${component}.yaml`, before ?? '')
    // etcd is restarted in any case, since its certificates were renewed.
    machine.write(file, before === manifest ? `${manifest}# ${stamp}\n` : manifest)
    call.out(
      `[upgrade/staticpods] Moving new manifest to "${file}" and backing up old manifest to "${backup}/${component}.yaml"`,
      '[upgrade/staticpods] Waiting for the kubelet to restart the component',
      `[upgrade/staticpods] This can take up to ${Math.round(timeout / 60)}m0s`,
    )
    done.push(component)
    if (!(await comesUp(call, component, wanted, timeout))) {
      restore(call, done, backup)
      await rolledBack(call, component, timeout)
      return false
    }
    call.out(
      `[apiclient] Found ${call.cluster.controlPlanes.length} Pods for label selector component=${component}`,
      `[upgrade/staticpods] Component "${component}" upgraded successfully!`,
    )
  }
  machine.remove(fresh)
  return true
}

function comesUp(call: Call, component: Component, wanted: Version, timeout: number): Promise<boolean> {
  const { cluster, machine } = call
  return call.until(() => {
    const container = machine.containers.get(component)
    const manifest = machine.read(`/etc/kubernetes/manifests/${component}.yaml`)
    const replaced =
      container?.manifest === manifest &&
      container?.image === imageOf(component, wanted, imageRepository(cluster))
    return replaced && isUp(cluster, machine, component) && hasQuorum(cluster)
  }, timeout)
}

function restore(call: Call, done: readonly Component[], backup: string): void {
  for (const component of done) {
    const before = call.machine.read(`${backup}/${component}.yaml`)
    if (before !== undefined) call.machine.write(`/etc/kubernetes/manifests/${component}.yaml`, before)
  }
}

async function rolledBack(call: Call, component: Component, timeout: number): Promise<void> {
  const { machine, cluster } = call
  if (component === 'etcd') {
    call.out(
      '[upgrade/etcd] Failed to upgrade etcd: timed out waiting for the condition',
      '[upgrade/etcd] Waiting for previous etcd to become available',
    )
  }
  await call.until(() => isUp(cluster, machine, component), Math.min(timeout, 60))
  const why = `static Pod hash for component ${component} on Node ${machine.name} did not change after ${Math.round(timeout / 60)}m0s: timed out waiting for the condition`
  const text =
    component === 'etcd'
      ? 'fatal error when trying to upgrade the etcd cluster, rolled the state back to pre-upgrade state'
      : "couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced"
  call.err(`error: error execution phase control-plane: ${text}: ${why}`)
}
