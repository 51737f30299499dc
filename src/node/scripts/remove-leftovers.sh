# Removes what an upgrade left. $1...: what, as leftovers.sh names it: kubeadm/NAME or own/PATH.
set -eu
for item; do
  case $item in
  *..* | kubeadm/*/*)
    echo "not a leftover: $item" >&2
    exit 64
    ;;
  kubeadm/kubeadm-?*) rm -rf "/etc/kubernetes/tmp/${item#kubeadm/}" ;;
  own/jobs/?* | own/snapshots/?* | own/replaced/?* | own/*.??????) rm -rf "/var/lib/kubeadm-upgrade/${item#own/}" ;;
  *)
    echo "not a leftover: $item" >&2
    exit 64
    ;;
  esac
  echo "removed $item"
done
