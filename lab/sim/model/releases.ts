import { minorOf, readVersion, type Version } from '../../../src/versions/version.ts'

/** What a Kubernetes minor brings along: `DefaultEtcdVersion`, `CoreDNSVersion` and `PauseVersion` of its kubeadm. */
const companions: Readonly<Record<string, { etcd: string; coredns: string; pause: string }>> = {
  '1.33': { etcd: '3.5.21-0', coredns: 'v1.12.0', pause: '3.10' },
  '1.34': { etcd: '3.6.5-0', coredns: 'v1.12.1', pause: '3.10.1' },
  '1.35': { etcd: '3.6.6-0', coredns: 'v1.13.1', pause: '3.10.1' },
  '1.36': { etcd: '3.6.8-0', coredns: 'v1.14.2', pause: '3.10.1' },
  '1.37': { etcd: '3.7.0-0', coredns: 'v1.14.6', pause: '3.10.1' },
  '1.38': { etcd: '3.7.1-0', coredns: 'v1.14.6', pause: '3.10.2' },
}

export const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const
export type Component = (typeof components)[number]

const defaultRepository = 'registry.k8s.io'

/** The image of something in the control plane or of an addon, at a Kubernetes version. */
export function imageOf(name: string, version: Version, repository = defaultRepository): string {
  const more = companions[minorOf(version)]
  if (more === undefined) throw new Error(`The simulator knows nothing of ${version}`)
  switch (name) {
    case 'etcd':
      return `${repository}/etcd:${more.etcd}`
    case 'coredns':
      return `${repository}/${repository === defaultRepository ? 'coredns/' : ''}coredns:${more.coredns}`
    case 'pause':
      return `${repository}/pause:${more.pause}`
    default:
      return `${repository}/${name}:${version}`
  }
}

/** What `kubeadm config images list` prints, in its order. */
export function imagesOf(version: Version, repository?: string): string[] {
  const names = [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kube-proxy',
    'coredns',
    'pause',
    'etcd',
  ]
  return names.map((name) => imageOf(name, version, repository))
}

/** `v1.36.4` in the way packages say it: `1.36.4-1.1`. */
export function packageVersion(version: Version): string {
  return `${version.slice(1).replace('-', '~')}-1.1`
}

/** The same in rpm packages: `1.36.4-150500.1.1`. */
export function rpmVersion(version: Version): string {
  return `${version.slice(1).replace('-', '~')}-150500.1.1`
}

/** A simulation asks for the same few texts all the time. */
const known = new Map<string, Version>()

/** The version in text that the simulator itself made. */
export function version(text: string): Version {
  const found = known.get(text) ?? readVersion(text)
  if (found === undefined) throw new Error(`Not a version: ${text}`)
  known.set(text, found)
  return found
}
