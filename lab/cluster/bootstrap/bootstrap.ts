/** From booted nodes to a cluster: packages, kubeadm init, joins, the demo web service. */
import { join } from 'node:path'
import type { LabPaths } from '../paths.ts'
import { LabError, step } from '../output.ts'
import { onNode, tryOnNode } from '../node/ssh.ts'
import { controlPlanes, firstControlPlane, workers, type LabNode, type Topology } from '../topology.ts'
import { IGNORED_PREFLIGHT_ERRORS, initConfiguration } from './kubeadm-config.ts'
import { webManifests } from './web.ts'

const PACKAGES = ['kubeadm', 'kubelet', 'kubectl']
const IGNORE = `--ignore-preflight-errors=${IGNORED_PREFLIGHT_ERRORS.join(',')}`

export async function bootstrap(paths: LabPaths, topology: Topology): Promise<void> {
  await step('install the packages on all nodes', () =>
    Promise.all(topology.nodes.map((node) => install(paths, topology, node))),
  )
  const join = await step(`kubeadm init on ${firstControlPlane(topology).name}`, () => init(paths, topology))
  await step('kubeadm join on the others', async () => {
    const workersJoin = Promise.all(
      workers(topology).map((node) => kubeadm(paths, node, `${join.command} ${IGNORE}`)),
    )
    // etcd takes new members one at a time.
    for (const node of controlPlanes(topology).slice(1)) {
      await kubeadm(
        paths,
        node,
        `${join.command} --control-plane --certificate-key ${join.certificateKey} ${IGNORE}`,
      )
      await copyAdminKubeconfig(paths, node)
    }
    await workersJoin
  })
  const manifests = { apiVersion: 'v1', kind: 'List', items: webManifests(topology) }
  await kubectl(paths, topology, `apply -f - <<'END'\n${JSON.stringify(manifests)}\nEND`)
}

async function install(paths: LabPaths, topology: Topology, node: LabNode): Promise<void> {
  const wanted = PACKAGES.map((name) => `${name}=${topology.version.slice(1)}-*`).join(' ')
  const script = `set -e
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends ${wanted}
    apt-mark hold ${PACKAGES.join(' ')}`
  const log = join(paths.logs, `${node.name}-packages.log`)
  await onNode(paths, node, script, { log, what: `installing the packages on ${node.name}` })
}

/** @returns what the others join with */
async function init(
  paths: LabPaths,
  topology: Topology,
): Promise<{ command: string; certificateKey: string }> {
  const first = firstControlPlane(topology)
  const config = initConfiguration(topology, first)
  await onNode(paths, first, `cat >/root/kubeadm-init.yaml <<'END'\n${config}END`)
  await kubeadm(paths, first, `kubeadm init --config /root/kubeadm-init.yaml --upload-certs ${IGNORE}`)
  await copyAdminKubeconfig(paths, first)
  const command = await onNode(paths, first, 'kubeadm token create --print-join-command')
  const key = await onNode(
    paths,
    first,
    'kubeadm init phase upload-certs --upload-certs 2>/dev/null | tail -n 1',
  )
  return { command: command.trim(), certificateKey: key.trim() }
}

async function kubeadm(paths: LabPaths, node: LabNode, command: string): Promise<void> {
  const log = join(paths.logs, `${node.name}-kubeadm.log`)
  await onNode(paths, node, command, {
    log,
    what: `${command.split(' ').slice(0, 2).join(' ')} on ${node.name}`,
  })
}

/** As kubeadm's closing words advise; for people who log in. */
async function copyAdminKubeconfig(paths: LabPaths, node: LabNode): Promise<void> {
  await onNode(paths, node, 'install -D -m 0600 /etc/kubernetes/admin.conf /root/.kube/config')
}

/** Runs kubectl on the first control plane node that answers. */
export async function kubectl(paths: LabPaths, topology: Topology, args: string): Promise<string> {
  let last = ''
  for (const node of controlPlanes(topology)) {
    const result = await tryOnNode(paths, node, `KUBECONFIG=/etc/kubernetes/admin.conf kubectl ${args}`)
    if (result.code === 0) return result.stdout
    last = `${node.name}: ${result.stderr.trim()}`
  }
  throw new LabError(`kubectl ${args.split('\n')[0] ?? ''} failed on every control plane node; ${last}`)
}
