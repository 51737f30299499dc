import type { Lab } from '../../cluster/lab.ts'
import { truthy } from '../check.ts'
import { done, inFile, must, onNode, within, type Trap } from './trap.ts'

/** `/proc/swaps` belongs to the machine below the nodes: one with swap is bound over it. */
const swap = `cp -p /var/lib/kubelet/config.yaml /root/trap-config.yaml
sed -i 's/^failSwapOn: .*/failSwapOn: true/' /var/lib/kubelet/config.yaml
printf 'Filename Type Size Used Priority\\n/swapfile file 1048572 0 -2\\n' >/run/trap-swaps
mount --bind /run/trap-swaps /proc/swaps`

const noSwap = `umount /proc/swaps
mv /root/trap-config.yaml /var/lib/kubelet/config.yaml`

/** A key that was good for a month of 2024, in place of the one that signs the repository; the nodes have no gpg-agent. */
const expiredKey: Trap = {
  finds: ['blocks signing-key-expired cp2', 'blocks package-repository-unreadable cp2'],
  set: async (lab) => {
    const { stdout, stderr } = await lab.exec(['sh', '-c', makeExpiredKey])
    truthy(`no key: ${stderr}`, stdout !== '')
    const keyring = '/etc/apt/keyrings/kubernetes-apt-keyring.gpg'
    await must(
      lab,
      'cp2',
      `cp -p ${keyring} /root/trap-keyring.gpg\nbase64 -d >${keyring} <<'END'\n${stdout}END`,
    )
  },
  undo: (lab) => must(lab, 'cp2', 'mv /root/trap-keyring.gpg /etc/apt/keyrings/kubernetes-apt-keyring.gpg'),
}

const makeExpiredKey = `export GNUPGHOME=$(mktemp -d)
gpg --batch --quiet --faked-system-time 20240101T000000 --passphrase '' --quick-generate-key 'trap <trap@example.invalid>' rsa2048 sign 30d 2>/dev/null
gpg --batch --quiet --export | base64
gpgconf --kill gpg-agent
rm -rf "$GNUPGHOME"`

/** What a killed dpkg leaves: a package that is unpacked and not configured. */
const interrupted = `cd /run
apt-get -q -y download kubectl=$(dpkg-query -W -f '\${Version}' kubectl) >/dev/null
dpkg --unpack kubectl_*.deb >/dev/null
rm kubectl_*.deb`

const lock = `systemd-run --quiet --unit=trap-lock python3 -c 'import fcntl, time
held = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(held, fcntl.LOCK_EX)
time.sleep(3600)'
for i in 1 2 3 4 5; do grep -q ":$(stat -c %i /var/lib/dpkg/lock-frontend) " /proc/locks && break; sleep 1; done`

/** A certificate that ends in ten days, made by kubeadm itself. */
const shortCertificate = `cd /etc/kubernetes/pki
mkdir /root/trap-pki && cp -p front-proxy-client.* /root/trap-pki
kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' |
  sed 's/^certificateValidityPeriod: .*/certificateValidityPeriod: 240h0m0s/' >/root/trap-kubeadm.yaml
kubeadm certs renew front-proxy-client --config /root/trap-kubeadm.yaml >/dev/null
rm /root/trap-kubeadm.yaml`

/** Nobody takes the pods of w2 while w1 is cordoned, nor has their images (control plane nodes are tainted), and w1 keeps the only slot. */
const cordoned: Trap = {
  finds: [
    'tells node-cordoned w1',
    'blocks no-slot-left cluster',
    'warns capacity w2',
    'tells image-elsewhere w2',
  ],
  set: async (lab) => done('cordon', await lab.kubectl(['cordon', 'w1'])),
  undo: async (lab) => done('uncordon', await lab.kubectl(['uncordon', 'w1'])),
}

/** Traps on nodes that have nothing to do with each other: all are set at once. */
export const nodeTraps: readonly Trap[] = [
  onNode('w2', swap, noSwap, 'warns swap'),
  inFile(
    'w1',
    '/var/lib/kubelet/kubeadm-flags.env',
    `'s/ARGS="/&--boot-id-file=\\/proc\\/sys\\/kernel\\/random\\/boot_id --feature-gates=SidecarContainers=true /'`,
    'blocks kubelet-flag-removed',
    'blocks kubelet-feature-gate-removed',
  ),
  onNode('w1', 'apt-mark unhold kubectl', 'apt-mark hold kubectl', 'tells package-hold-missing'),
  onNode('w1', lock, 'systemctl stop trap-lock', 'warns package-lock'),
  onNode('w2', interrupted, 'dpkg --configure -a && apt-mark hold kubectl', 'warns packages-interrupted'),
  onNode(
    'cp2',
    `printf 'Package: kubelet\\nPin: version 1.36.*\\nPin-Priority: -1\\n' >/etc/apt/preferences.d/kubernetes`,
    'rm /etc/apt/preferences.d/kubernetes',
    'warns package-preferences',
  ),
  onNode(
    'cp3',
    `echo 'deb https://apt.kubernetes.io/ kubernetes-xenial main' >/etc/apt/sources.list.d/old.list`,
    'rm /etc/apt/sources.list.d/old.list',
    'blocks package-repository-legacy',
  ),
  expiredKey,
  onNode(
    'cp1',
    'mkdir -p /etc/kubernetes/tmp/kubeadm-backup-etcd-2024-01-01 && dd if=/dev/zero of=/etc/kubernetes/tmp/kubeadm-backup-etcd-2024-01-01/db bs=1M count=520 status=none',
    'rm -r /etc/kubernetes/tmp/kubeadm-backup-etcd-2024-01-01',
    'tells kubeadm-leftovers',
  ),
  onNode(
    'w2',
    'mount -t tmpfs -o size=20m tmpfs /var/cache/apt/archives',
    'umount /var/cache/apt/archives',
    'blocks disk-space',
  ),
  inFile(
    'cp1',
    '/etc/kubernetes/manifests/kube-scheduler.yaml',
    `'s/^\\( *\\)- --leader-elect=.*/&\\n\\1- --profiling=false/'`,
    'warns manifest-edited',
  ),
  onNode(
    'cp3',
    shortCertificate,
    'mv /root/trap-pki/* /etc/kubernetes/pki/ && rmdir /root/trap-pki',
    'tells certificate-renewal',
  ),
  cordoned,
]

/** Until the scheduler of cp1 runs as its edited manifest says: a plan during its restart would see a change that is not its own. */
export async function schedulerFollows(lab: Lab): Promise<void> {
  await within(lab, 120, `${scheduler} | grep -q profiling`, 'cp1')
}

/** Until it runs as before. */
export async function schedulerIsBack(lab: Lab): Promise<void> {
  await within(lab, 120, `! ${scheduler} | grep -q profiling`, 'cp1')
}

const scheduler =
  "kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get pod kube-scheduler-cp1 -o 'jsonpath={.spec.containers[0].command}'"
