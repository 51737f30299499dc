# etcdutl of an etcd image on this node, also while no etcd runs: its binaries are static, so they run from wherever the
# container runtime keeps the image; else one that somebody installed. Prints the path. $1: its version, such as 3.6.8, or
# 3.6 for any of that minor; none: any.
find_etcdutl() {
  for tool in $({
    pid=$(pgrep -x etcd | head -n 1)
    [ -z "$pid" ] || echo "/proc/$pid/root/usr/local/bin/etcdutl"
    find /var/lib/containerd /var/lib/containers/storage /var/lib/docker/overlay2 -maxdepth 8 -name etcdutl ! -type d 2>/dev/null
    command -v etcdutl || :
  }); do
    case $("$tool" version 2>/dev/null | sed -n 's/^etcdutl version: //p') in
    '') ;;
    "${1:-}"*) echo "$tool" && return 0 ;;
    esac
  done
  echo "no etcdutl ${1:-} on this node: images of etcd before 3.6.6 may lack it; then install it" >&2
  return 69
}
# Sets $data to the data directory of this node's etcd member, from its manifest or a copy of that.
etcd_data_dir() {
  data=
  for file in /etc/kubernetes/manifests/etcd.yaml /var/lib/kubeadm-upgrade/replaced/*/etcd.yaml /etc/kubernetes/tmp/kubeadm-backup-manifests-*/etcd.yaml; do
    [ -n "$data" ] || data=$(sed -n 's/^ *- --data-dir=//p' "$file" 2>/dev/null) || :
  done
  case ${data#/} in var/lib/etcd | '') data=/var/lib/etcd ;; esac
}
