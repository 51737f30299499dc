# Stops this node's etcd member, and its API server, which would go on with what it remembers; keeps the data where asked.
# Needs etcdutl.sh. $1: name of the folder that keeps what is replaced; $2: data: the data go there too.
set -eu
umask 077
replaced=/var/lib/kubeadm-upgrade/replaced/$1
# Without it a running etcd would pass for one that has ended.
command -v pgrep >/dev/null || { echo 'pgrep (package procps) is missing on this node' >&2; exit 69; }
mkdir -p "$replaced"
etcd_data_dir
for component in kube-apiserver etcd; do
  [ ! -f "/etc/kubernetes/manifests/$component.yaml" ] || mv "/etc/kubernetes/manifests/$component.yaml" "$replaced/"
done
waited=0
while pgrep -x etcd >/dev/null || pgrep -x kube-apiserver >/dev/null; do
  if [ "$waited" -ge 300 ]; then
    echo "etcd or the API server is still running after 5 minutes; its manifest is in $replaced" >&2
    exit 75
  fi
  sleep 1
  waited=$((waited + 1))
done
echo "etcd and the API server have ended; their manifests are in $replaced"
# shellcheck disable=SC2154 # etcd_data_dir sets it
if [ "$2" = data ] && [ -e "$data/member" ]; then
  mkdir -p "$replaced/etcd"
  mv "$data/member" "$replaced/etcd/"
  echo "the data are in $replaced/etcd"
fi
