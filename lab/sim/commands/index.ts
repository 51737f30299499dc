import { aptCache, aptGet, aptMark, dpkg, dpkgDeb, dpkgQuery } from './apt.ts'
import type { Command } from './command.ts'
import { ctr } from './containerd.ts'
import { dnf, rpm } from './dnf.ts'
import { etcdctl, etcdutl } from './etcd.ts'
import { kubeadm } from './kubeadm.ts'
import { kubectl } from './kubectl.ts'
import { df, du, getent, journalctl, kubeletVersion, pgrep, systemctl, uname } from './system.ts'

/** The commands of a node's PATH that the simulator plays. What is not here is the machine's own: sed, find, sort. */
export const commands: Readonly<Record<string, Command>> = {
  'apt-cache': aptCache,
  'apt-get': aptGet,
  'apt-mark': aptMark,
  ctr,
  df,
  dnf,
  dpkg,
  'dpkg-deb': dpkgDeb,
  'dpkg-query': dpkgQuery,
  du,
  getent,
  journalctl,
  kubeadm,
  kubectl,
  kubelet: kubeletVersion,
  pgrep,
  rpm,
  'sim-systemctl': systemctl,
  uname,
}

/** Commands inside the etcd container. */
export const etcdCommands: Readonly<Record<string, Command>> = { etcdctl, etcdutl }
