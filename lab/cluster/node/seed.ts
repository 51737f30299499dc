/** The files that differ from node to node. Pure: path below the node's root to content. */
import { minorOf } from '../packages/repositories.ts'
import {
  BRIDGE_ADDRESS,
  bridgeAddress,
  machinesOf,
  type LabMachine,
  type LabNode,
  type PackageManager,
  type Topology,
} from '../topology.ts'

export interface SeedInput {
  node: LabMachine
  topology: Topology
  /** Who may log in: lines of authorized_keys. */
  authorizedKeys: string
  /** The image of pod sandboxes, as this version's kubeadm names it. */
  pauseImage: string
}

export function seedFiles({ node, topology, authorizedKeys, pauseImage }: SeedInput): Record<string, string> {
  const others = topology.nodes.filter((each) => each.name !== node.name)
  const itself = topology.nodes.find((each) => each.name === node.name)
  return {
    'etc/hostname': `${node.name}\n`,
    'etc/hosts': [
      '127.0.0.1 localhost',
      `${BRIDGE_ADDRESS} pkgs.k8s.io dl.k8s.io registry.k8s.io registry.lab`,
      ...machinesOf(topology).map((each) => `${each.host} ${each.name}`),
      '',
    ].join('\n'),
    'etc/ssh/lab_authorized_keys': authorizedKeys,
    // Sorts before the distribution's 80-container-host0.network. The routes to the other nodes' pods are here so that they
    // are back after a reboot.
    'etc/systemd/network/10-host0.network': [
      '[Match]',
      'Name=host0',
      '',
      '[Network]',
      `Address=${node.ipv4}/24`,
      `Gateway=${BRIDGE_ADDRESS}`,
      ...(topology.ipv6 ? [`Address=${node.host}/64`, `Gateway=${bridgeAddress(topology)}`] : []),
      'IPForward=yes',
      'LinkLocalAddressing=no',
      // Nobody else has these addresses; looking for such costs the boot two seconds.
      'IPv6DuplicateAddressDetection=0',
      ...others.flatMap((each) => ['', '[Route]', `Destination=${each.podSubnet}`, `Gateway=${each.host}`]),
      '',
    ].join('\n'),
    'etc/containerd/config.toml': containerdConfig(pauseImage),
    ...(itself === undefined ? {} : nodeFiles(itself, topology)),
  }
}

function nodeFiles(node: LabNode, topology: Topology): Record<string, string> {
  return {
    'etc/cni/net.d/10-lab.conflist': `${JSON.stringify(podNetwork(node.podSubnet), null, 2)}\n`,
    ...repositoryFile(node.packageManager, minorOf(topology.version)),
  }
}

/** The repository as the page on installing kubeadm sets it up. */
function repositoryFile(manager: PackageManager, minor: string): Record<string, string> {
  const address = `http://pkgs.k8s.io/core:/stable:/${minor}`
  const repo = [
    '[kubernetes]',
    'name=Kubernetes',
    `baseurl=${address}/rpm/`,
    'enabled=1',
    'gpgcheck=1',
    `gpgkey=${address}/rpm/repodata/repomd.xml.key`,
    'exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni',
    '',
  ].join('\n')
  switch (manager) {
    case 'apt': {
      const source = `deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] ${address}/deb/ /\n`
      return { 'etc/apt/sources.list.d/kubernetes.list': source }
    }
    case 'dnf':
    case 'dnf5':
      return { 'etc/yum.repos.d/kubernetes.repo': repo }
    case 'zypper':
      return { 'etc/zypp/repos.d/kubernetes.repo': repo }
    case 'none':
      return {}
  }
}

/** The bridge plugin and routes between the nodes are a pod network that needs no pods of its own. */
function podNetwork(subnet: string): unknown {
  return {
    cniVersion: '1.0.0',
    name: 'lab',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet }]],
          routes: [{ dst: subnet.includes(':') ? '::/0' : '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  }
}

function containerdConfig(pauseImage: string): string {
  return `version = 2

[plugins."io.containerd.grpc.v1.cri"]
  # A node has no CAP_SYS_RESOURCE on its machine; without this runc dies with "can't get final child's PID".
  restrict_oom_score_adj = true
  sandbox_image = "${pauseImage}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
`
}
