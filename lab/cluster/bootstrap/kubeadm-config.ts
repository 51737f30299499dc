/** kubeadm's configuration for a lab. Pure. */
import { controlPlanes, endpoint, type LabNode, type Topology, BRIDGE_ADDRESS } from '../topology.ts'

export const POD_NETWORK = '10.244.0.0/16'

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
      ? `controlPlane: {certificateKey: ${secrets.certificateKey}, localAPIEndpoint: {advertiseAddress: ${node.host}}}\n`
      : ''
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken: {apiServerEndpoint: '${endpoint(topology)}', token: ${secrets.token}, caCertHashes: ['${caHash}']}
nodeRegistration:
  name: ${node.name}
  criSocket: unix:///run/containerd/containerd.sock
  ignorePreflightErrors: [${IGNORED_PREFLIGHT_ERRORS.join(', ')}]
${controlPlane}${TIMEOUTS}
`
}

export function initConfiguration(topology: Topology, node: LabNode, secrets: JoinSecrets): string {
  return `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: ${node.host}}
bootstrapTokens: [{token: ${secrets.token}}]
certificateKey: ${secrets.certificateKey}
nodeRegistration:
  name: ${node.name}
  criSocket: unix:///run/containerd/containerd.sock
  ignorePreflightErrors: [${IGNORED_PREFLIGHT_ERRORS.join(', ')}]
${TIMEOUTS}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: lab
kubernetesVersion: ${topology.version}
controlPlaneEndpoint: ${endpoint(topology)}
apiServer:
  certSANs: [${[BRIDGE_ADDRESS, ...controlPlanes(topology).map((each) => each.host)].join(', ')}]
networking: {podSubnet: ${POD_NETWORK}, serviceSubnet: 10.96.0.0/12}
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
