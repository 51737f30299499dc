/** From booted nodes to a cluster: packages, kubeadm init, joins, the demo web service. */
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { onNode } from '../node/ssh.ts'
import { step } from '../output.ts'
import type { LabPaths } from '../paths.ts'
import { controlPlanes, firstControlPlane, workers, type LabNode, type Topology } from '../topology.ts'
import { installScript } from './install.ts'
import { initConfiguration, joinConfiguration, type JoinSecrets } from './kubeadm-config.ts'
import { kubectl } from './kubectl.ts'
import { webManifests } from './web.ts'

/** @param keepKubeconfig is given the administrator's kubeconfig as soon as there is one */
export async function bootstrap(
  paths: LabPaths,
  topology: Topology,
  keepKubeconfig: (kubeconfig: string) => Promise<void>,
): Promise<void> {
  const { nodes } = topology
  const first = firstControlPlane(topology)
  const secrets = { token: `${hex(3)}.${hex(8)}`, certificateKey: hex(32) }
  await step('install the packages on all nodes', () =>
    Promise.all(nodes.map((node) => install(paths, topology, node))),
  )
  const kubeconfig = await step(`kubeadm init on ${first.name}`, async () => {
    await kubeadm(paths, first, 'init --upload-certs', initConfiguration(topology, first, secrets))
    await useAdminKubeconfig(paths, first)
    return onNode(paths, first, 'cat /etc/kubernetes/admin.conf')
  })
  await keepKubeconfig(kubeconfig)
  await step('kubeadm join on the others', () => joinAll(paths, topology, secrets, caHash(kubeconfig)))
  const manifests = { apiVersion: 'v1', kind: 'List', items: webManifests(topology) }
  await kubectl(paths, topology, ['apply', '-f', '-'], JSON.stringify(manifests))
}

async function install(paths: LabPaths, topology: Topology, node: LabNode): Promise<void> {
  const script = installScript(node.packageManager, topology.version)
  const log = join(paths.logs, `${node.name}-packages.log`)
  await onNode(paths, node, script, { log, what: `installing the packages on ${node.name}` })
}

async function joinAll(
  paths: LabPaths,
  topology: Topology,
  secrets: JoinSecrets,
  hash: string,
): Promise<void> {
  const joinOne = (node: LabNode): Promise<void> =>
    kubeadm(paths, node, 'join', joinConfiguration(topology, node, secrets, hash))
  const workersJoin = Promise.all(workers(topology).map(joinOne))
  // etcd takes new members one at a time.
  for (const node of controlPlanes(topology).slice(1)) {
    await joinOne(node)
    await useAdminKubeconfig(paths, node)
  }
  await workersJoin
}

async function kubeadm(paths: LabPaths, node: LabNode, command: string, config: string): Promise<void> {
  const script = `set -e
    umask 077
    cat >/root/kubeadm.yaml <<'END'\n${config}END
    kubeadm ${command} --config /root/kubeadm.yaml`
  const log = join(paths.logs, `${node.name}-kubeadm.log`)
  await onNode(paths, node, script, { log, what: `kubeadm ${command} on ${node.name}` })
}

/** As kubeadm's closing words advise; for people who log in. */
async function useAdminKubeconfig(paths: LabPaths, node: LabNode): Promise<void> {
  await onNode(paths, node, 'install -D -m 0600 /etc/kubernetes/admin.conf /root/.kube/config')
}

/** What a joining node recognises the cluster by: the hash of its CA's public key. */
function caHash(kubeconfig: string): string {
  const base64 = /certificate-authority-data: (\S+)/.exec(kubeconfig)?.[1] ?? ''
  const { publicKey } = new X509Certificate(Buffer.from(base64, 'base64'))
  return `sha256:${createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}
