/** kubeadm's configuration for a lab. Pure. */
import { bridgeAddress, controlPlanes, endpoint, inUrl, type LabNode, type Topology } from '../topology.ts'

/** Of pods and of services; the nodes' parts of the first are in topology.ts. */
const NETWORKS = {
  ipv4: '{podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12}',
  ipv6: '{podSubnet: "fd00:10:244::/48", serviceSubnet: "fd00:10:96::/112"}',
}

/** What a lab must ignore: kubeadm's check of the kernel configuration and of cgroup v1. */
export const IGNORED_PREFLIGHT_ERRORS = ['SystemVerification']

/** What nodes join with; made up beforehand. */
export interface JoinSecrets {
  /** `abcdef.0123456789abcdef` */
  token: string
  /** 32 bytes as hex. */
  certificateKey: string
}

/** Defaults are for machines of their own; here five nodes may share two busy cores. */
const TIMEOUTS = `timeouts:
  controlPlaneComponentHealthCheck: 10m
  etcdAPICall: 10m
  kubeletHealthCheck: 10m
  kubernetesAPICall: 5m
  tlsBootstrap: 10m
  discovery: 10m`

/** @param caHash `sha256:…` of the cluster CA's public key */
export function joinConfiguration(
  topology: Topology,
  node: LabNode,
  secrets: JoinSecrets,
  caHash: string,
): string {
  const controlPlane =
    node.role === 'control-plane'
      ? `controlPlane: {certificateKey: ${secrets.certificateKey}, localAPIEndpoint: {advertiseAddress: '${node.host}'}}\n`
      : ''
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken: {apiServerEndpoint: '${endpoint(topology)}', token: ${secrets.token}, caCertHashes: ['${caHash}']}
${registration(topology, node)}${controlPlane}${TIMEOUTS}
`
}

/** kubelets that find two addresses on a machine take the IPv4 one. */
function registration(topology: Topology, node: LabNode): string {
  const address = topology.ipv6 ? `  kubeletExtraArgs: [{name: node-ip, value: '${node.host}'}]\n` : ''
  return `nodeRegistration:
  name: ${node.nodeName}
  criSocket: unix:///run/containerd/containerd.sock
  ignorePreflightErrors: [${IGNORED_PREFLIGHT_ERRORS.join(', ')}]
${address}`
}

/** The files are where kubeadm's page on highly available clusters puts them. */
function externalEtcd({ etcd }: Topology): string {
  if (etcd.length === 0) return ''
  return `etcd:
  external:
    endpoints: [${etcd.map((member) => `'https://${inUrl(member.host)}:2379'`).join(', ')}]
    caFile: /etc/kubernetes/pki/etcd/ca.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key
`
}

export function initConfiguration(topology: Topology, node: LabNode, secrets: JoinSecrets): string {
  const names = [bridgeAddress(topology), ...controlPlanes(topology).map((each) => each.host)]
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: '${node.host}'}
bootstrapTokens: [{token: ${secrets.token}}]
certificateKey: ${secrets.certificateKey}
${registration(topology, node)}${TIMEOUTS}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: lab
kubernetesVersion: ${topology.version}
controlPlaneEndpoint: '${endpoint(topology)}'
apiServer:
  certSANs: [${names.map((name) => `'${name}'`).join(', ')}]
${externalEtcd(topology)}networking: ${topology.ipv6 ? NETWORKS.ipv6 : NETWORKS.ipv4}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
# The machine below the nodes may have cgroup v1, or swap.
failCgroupV1: false
failSwapOn: false
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
# The connection table belongs to the machine; a node cannot resize it.
conntrack: {maxPerCore: 0, min: 0}
`
}
