import type { Lab } from '../../cluster/lab.ts'
import { inFile, onNode, within, type Trap } from './trap.ts'

const api = 'networking.k8s.io/v1beta1'
const range = {
  apiVersion: api,
  kind: 'ServiceCIDR',
  metadata: { name: 'trap' },
  spec: { cidrs: ['10.97.0.0/24'] },
}

const serve = inFile(
  'cp1',
  '/etc/kubernetes/manifests/kube-apiserver.yaml',
  `'s|^\\( *\\)- --secure-port=.*|&\\n\\1- --runtime-config=${api}=true|'`,
)

/** An API that 1.36 has and 1.37 has not: an API server is told to serve it, and a client writes through it. */
export const deprecatedApi: Trap = {
  finds: ['blocks removed-api-requested cluster'],
  set: async (lab) => {
    await serve.set(lab)
    await within(lab, 180, `kubectl ${own} get --raw /apis/${api} >/dev/null`, 'cp1')
    await within(lab, 60, `echo '${JSON.stringify(range)}' | kubectl ${own} apply -f -`, 'cp1')
    const mirror = `kubectl ${own} -n kube-system get pod kube-apiserver-cp1 -o 'jsonpath={.spec.containers[0].command}'`
    await within(lab, 120, `${mirror} | grep -q runtime-config`, 'cp1')
  },
  undo: async (lab) => {
    await lab.ssh('cp1', `kubectl ${own} delete servicecidr trap --wait=false`)
    await serve.undo(lab)
    await within(
      lab,
      180,
      `! kubectl ${own} get --raw /apis/${api} >/dev/null 2>&1 && kubectl ${own} get --raw /readyz`,
      'cp1',
    )
  },
}

/** This node's own API server. */
const own = '--kubeconfig /etc/kubernetes/admin.conf --server https://10.200.0.11:6443'

/** kubeadm was killed between two static pods: the scheduler is at the target, the others are not. */
const halfUpgraded = inFile(
  'cp1',
  '/etc/kubernetes/manifests/kube-scheduler.yaml',
  `'s/kube-scheduler:v1.36.4/kube-scheduler:v1.37.1/'`,
  'tells upgrade-under-way',
)

/** Without its file kubectl says nothing on this node, so that its API server cannot be asked either. */
const noAdminConf = onNode(
  'cp2',
  'mv /etc/kubernetes/admin.conf /root/trap-admin.conf',
  'mv /root/trap-admin.conf /etc/kubernetes/admin.conf',
  'blocks admin-conf',
  'blocks api-server-not-ready',
)

/** etcd's manifest is gone, as an interrupted kubeadm can leave it. */
const noEtcd = onNode(
  'cp3',
  'mv /etc/kubernetes/manifests/etcd.yaml /root/trap-etcd.yaml; for i in $(seq 60); do pgrep -x etcd >/dev/null || break; sleep 1; done',
  'mv /root/trap-etcd.yaml /etc/kubernetes/manifests/etcd.yaml',
  'blocks static-pods',
  'blocks api-server-not-ready',
  // Its kubelet talks to its own API server, which can no longer write.
  'blocks control-plane-not-ready',
  // kubeadm says so too: to "upgrade plan" and to the dry run of "upgrade apply".
  'blocks kubeadm-refuses cp1',
  'blocks kubeadm-refuses cp1',
)

/** A worker whose kubelet stopped; its node turns NotReady after 40 s, and the other one has to carry the web service alone. */
const stoppedKubelet: Trap = {
  ...onNode('w2', 'systemctl stop kubelet', 'systemctl start kubelet'),
  finds: ['warns kubelet-down w2', 'warns disruption-budget-used-up w1', 'warns capacity w1'],
}

/** What a control plane may look like after something went wrong; the web service and two API servers go on. */
export const controlPlaneTraps: readonly Trap[] = [halfUpgraded, noAdminConf, noEtcd, stoppedKubelet]

/** Until the cluster shows what these traps did. */
export async function damageShows(lab: Lab): Promise<void> {
  // Its connection through the load balancer may be one to cp3's API server, which holds it and answers no more.
  await lab.ssh('w1', 'systemctl restart kubelet')
  const notReady = `kubectl ${own} get node cp3 w1 w2 -o 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}' | grep -qx 'Unknown True Unknown'`
  const scheduler = `kubectl ${own} -n kube-system get pod kube-scheduler-cp1 -o 'jsonpath={.spec.containers[0].image}' | grep -q v1.37.1`
  await within(lab, 240, `${notReady} && ${scheduler}`, 'cp1')
}

/** Until it is whole again: every node Ready, every member of etcd there. */
export async function damageIsGone(lab: Lab): Promise<void> {
  const ready = `kubectl ${own} wait node --all --for=condition=Ready --timeout=5s >/dev/null`
  await within(lab, 300, `${ready} && kubectl ${own} get --raw /readyz >/dev/null`, 'cp1')
  await within(
    lab,
    300,
    `kubectl --kubeconfig /etc/kubernetes/admin.conf --server https://10.200.0.13:6443 get --raw /readyz`,
    'cp3',
  )
  const scheduler = `kubectl ${own} -n kube-system get pod kube-scheduler-cp1 -o 'jsonpath={.spec.containers[0].image}' | grep -q v1.36.4`
  await within(lab, 120, scheduler, 'cp1')
}
