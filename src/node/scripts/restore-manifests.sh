# Puts static pod manifests in place and keeps what they replace. $1: name of the folder that keeps it; then for each:
# component, text in base64. The kubelet leaves files alone whose name begins with a dot.
set -eu
umask 077
replaced=/var/lib/kubeadm-upgrade/replaced/$1
shift
while [ $# -gt 0 ]; do
  new=/etc/kubernetes/manifests/.$1.yaml.new
  printf '%s' "$2" | base64 -d >"$new"
  if [ -f "/etc/kubernetes/manifests/$1.yaml" ] && ! cmp -s "$new" "/etc/kubernetes/manifests/$1.yaml"; then
    mkdir -p "$replaced"
    cp -p "/etc/kubernetes/manifests/$1.yaml" "$replaced/$1.yaml"
    echo "kept the one before in $replaced"
  fi
  sync "$new"
  mv "$new" "/etc/kubernetes/manifests/$1.yaml"
  echo "restored $1"
  shift 2
done
