import { parse } from 'yaml'
import type { ManifestShape } from '../../node/manifest.ts'

/** The part of ClusterConfiguration that adds to the manifest of a component. */
interface ComponentConfiguration {
  extraVolumes?: readonly { hostPath?: string }[]
  extraEnvs?: readonly { name?: string }[]
}

/**
 * Folders that kubeadm mounts.
 * https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/phases/controlplane/volumes.go and phases/etcd/local.go
 */
const ownPaths = [
  '/etc/ssl/certs',
  '/etc/ca-certificates',
  '/etc/pki',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/usr/local/share/ca-certificates',
  '/usr/share/ca-certificates',
  '/usr/libexec/kubernetes/kubelet-plugins/volume/exec',
  '/etc/kubernetes/controller-manager.conf',
  '/etc/kubernetes/scheduler.conf',
]

/** kubeadm hands its own proxy settings on. */
const proxyVariable = /^(http|https|no|all)_proxy$/i

const ownRequests: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kube-apiserver': { cpu: '250m' },
  'kube-controller-manager': { cpu: '200m' },
  'kube-scheduler': { cpu: '100m' },
  etcd: { cpu: '100m', memory: '100Mi' },
}

/**
 * What of a manifest kubeadm would not write again, in words; empty when nothing was edited.
 * @param folders that ClusterConfiguration names: certificates, data of etcd
 */
export function editsOf(
  component: string,
  shape: ManifestShape,
  configuration: ComponentConfiguration,
  folders: readonly string[],
): string[] {
  const paths = [
    ...ownPaths,
    ...folders,
    ...(configuration.extraVolumes ?? []).map((one) => one.hostPath ?? ''),
  ]
  const variables = (configuration.extraEnvs ?? []).map((one) => one.name ?? '')
  const requests = ownRequests[component] ?? {}
  const sameRequests = JSON.stringify(sorted(requests)) === JSON.stringify(sorted(shape.requests))
  return [
    ...shape.hostPaths
      .filter((path) => !paths.some((own) => own !== '' && (path === own || path.startsWith(`${own}/`))))
      .map((path) => `the folder ${path}`),
    ...shape.env
      .filter((name) => !proxyVariable.test(name) && !variables.includes(name))
      .map((name) => `the environment variable ${name}`),
    ...shape.others.map((name) => `the container ${name}`),
    ...(sameRequests ? [] : [`requests (${words(shape.requests)} instead of ${words(requests)})`]),
    ...(Object.keys(shape.limits).length === 0 ? [] : [`limits (${words(shape.limits)})`]),
  ]
}

function sorted(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function words(record: Readonly<Record<string, string>>): string {
  return (
    sorted(record)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ') || 'none'
  )
}

/** Values that kubeadm gives to flags whatever the configuration, unless extraArgs say otherwise. */
const ownValues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kube-apiserver': {
    'allow-privileged': 'true',
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'enable-bootstrap-token-auth': 'true',
  },
  'kube-controller-manager': {
    'bind-address': '127.0.0.1',
    'leader-elect': 'true',
    'use-service-account-credentials': 'true',
  },
  'kube-scheduler': { 'bind-address': '127.0.0.1', 'leader-elect': 'true' },
  etcd: { 'client-cert-auth': 'true', 'peer-client-cert-auth': 'true' },
}

/** Flags of kubeadm's own whose value is another one than kubeadm writes: their names. @param extra names in extraArgs */
export function changedValues(
  component: string,
  flags: readonly string[],
  extra: readonly string[],
): string[] {
  const values = new Map(
    flags.map((flag) => {
      const [name = '', ...value] = flag.replace(/^--/, '').split('=')
      return [name, value.join('=')]
    }),
  )
  return Object.entries(ownValues[component] ?? {}).flatMap(([name, wanted]) => {
    const value = values.get(name)
    return value === undefined || value === wanted || extra.includes(name) ? [] : [name]
  })
}

interface ClusterConfiguration {
  certificatesDir?: string
  apiServer?: ComponentConfiguration
  controllerManager?: ComponentConfiguration
  scheduler?: ComponentConfiguration
  etcd?: { local?: ComponentConfiguration & { dataDir?: string }; external?: { caFile?: string } }
}

/** What ClusterConfiguration adds to a component, and the folders that it names. */
export function addedBy(
  clusterConfiguration: string,
  component: string,
): { configuration: ComponentConfiguration; folders: string[] } {
  const { certificatesDir, apiServer, controllerManager, scheduler, etcd } =
    (parse(clusterConfiguration) as ClusterConfiguration | null) ?? {}
  const sections: Readonly<Record<string, ComponentConfiguration | undefined>> = {
    'kube-apiserver': apiServer,
    'kube-controller-manager': controllerManager,
    'kube-scheduler': scheduler,
    etcd: etcd?.local,
  }
  const folders = [certificatesDir ?? '/etc/kubernetes/pki', etcd?.local?.dataDir ?? '/var/lib/etcd']
  const external = etcd?.external?.caFile?.replace(/\/[^/]*$/, '')
  return { configuration: sections[component] ?? {}, folders: [...folders, ...(external ? [external] : [])] }
}
