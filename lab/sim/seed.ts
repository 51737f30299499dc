import { stringify } from 'yaml'
import type { Version } from '../../src/versions/version.ts'
import type { Cluster } from './model/cluster.ts'
import { imageOf } from './model/releases.ts'
import type { KubeObject } from './model/store.ts'
import { settleWorkloads } from './model/workloads.ts'

/** The objects of a cluster that kubeadm made, and a web service with two replicas and a disruption budget. */
export function addObjects(cluster: Cluster, version: Version): void {
  add(cluster, 'v1', 'Namespace', undefined, 'kube-system', { uid: 'c1a55e00-5171-4000-8000-00000000abcd' })
  add(cluster, 'v1', 'Namespace', undefined, 'default')
  for (const machine of cluster.machines.values()) {
    const controlPlane = machine.role === 'control-plane'
    add(cluster, 'v1', 'Node', undefined, machine.name, {
      uid: machine.uid,
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': machine.windows ? 'windows' : 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': machine.name,
        'kubernetes.io/os': machine.windows ? 'windows' : 'linux',
        ...(controlPlane && {
          'node-role.kubernetes.io/control-plane': '',
          'node.kubernetes.io/exclude-from-external-load-balancers': '',
        }),
      },
      spec: controlPlane
        ? { taints: [{ effect: 'NoSchedule', key: 'node-role.kubernetes.io/control-plane' }] }
        : {},
    })
  }
  const configuration = {
    apiServer: {},
    apiVersion: 'kubeadm.k8s.io/v1beta4',
    caCertificateValidityPeriod: '87600h0m0s',
    certificateValidityPeriod: '8760h0m0s',
    certificatesDir: '/etc/kubernetes/pki',
    clusterName: 'simulated',
    controlPlaneEndpoint: cluster.endpoint,
    controllerManager: {},
    dns: {},
    encryptionAlgorithm: 'RSA-2048',
    etcd: { local: { dataDir: '/var/lib/etcd' } },
    imageRepository: 'registry.k8s.io',
    kind: 'ClusterConfiguration',
    kubernetesVersion: version,
    networking: { dnsDomain: 'cluster.local', podSubnet: '10.244.0.0/16', serviceSubnet: '10.96.0.0/12' },
    proxy: {},
    scheduler: {},
  }
  add(cluster, 'v1', 'ConfigMap', 'kube-system', 'kubeadm-config', {
    data: { ClusterConfiguration: stringify(configuration) },
  })
  add(cluster, 'v1', 'ConfigMap', 'kube-system', 'kubelet-config', {
    data: { kubelet: 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n' },
  })
  add(cluster, 'v1', 'ConfigMap', 'kube-system', 'kube-proxy', {
    data: {
      'config.conf': 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n',
    },
  })
  add(cluster, 'apps/v1', 'DaemonSet', 'kube-system', 'kube-proxy')
  add(cluster, 'apps/v1', 'Deployment', 'kube-system', 'coredns')
  add(cluster, 'apps/v1', 'Deployment', 'default', 'web')
  add(cluster, 'policy/v1', 'PodDisruptionBudget', 'default', 'web', {
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  })
  addWorkloads(cluster, version)
}

function addWorkloads(cluster: Cluster, version: Version): void {
  for (const name of ['kube-proxy', 'coredns'] as const)
    cluster.addons[name] = { image: imageOf(name, version), settledAt: 0 }
  cluster.workloads.push(
    {
      namespace: 'kube-system',
      name: 'coredns',
      replicas: 2,
      labels: { 'k8s-app': 'kube-dns' },
      controlPlane: true,
    },
    { namespace: 'default', name: 'web', replicas: 2, labels: { app: 'web' }, controlPlane: false },
  )
  for (const machine of cluster.machines.values()) {
    cluster.pods.push({
      namespace: 'kube-system',
      name: `kube-proxy-${machine.name}`,
      uid: `${machine.uid.slice(0, -4)}ffff`,
      labels: { 'k8s-app': 'kube-proxy' },
      owner: 'kube-proxy',
      daemonSet: true,
      node: machine.name,
      readyAt: 0,
      gone: 0,
    })
  }
  settleWorkloads(cluster)
  for (const pod of cluster.pods) pod.readyAt = 0
}

interface Fields {
  uid?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  spec?: KubeObject['spec']
  data?: Record<string, string>
}

let serial = 0

function add(
  cluster: Cluster,
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  name: string,
  { uid, labels, annotations, spec, data }: Fields = {},
): void {
  serial++
  cluster.store.create({
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid: uid ?? `0b1ec700-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`,
      resourceVersion: '',
      creationTimestamp: '2026-01-05T08:00:00Z',
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
    ...(spec && { spec }),
    ...(data && { data }),
  })
}
