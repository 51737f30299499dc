#!/bin/sh
# by-hand.sh FOLDER VERSION CONTROL_PLANES WORKERS STOP: the documented upgrade as a plain loop over OpenSSH with ControlMaster,
# with the health gates that the action has. FOLDER holds id_ed25519 and known_hosts; nodes are NAME=ADDRESS, separated by
# blanks; STOP: seconds between the graceful stop of an API server and kubeadm, 0: no stop.
# Prints what it does with the seconds since the start. Ends at the first failure.
# https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/
set -eu
folder=$1 version=$2 control_planes=$3 workers=$4 stop=$5
minor=${version%.*} number=${version#v}
began=$(date +%s)
sockets=$(mktemp -d)
trap 'for node in $control_planes $workers; do on "$node" -O exit 2>/dev/null || true; done; rm -rf "$sockets"' EXIT

say() { echo "[$(($(date +%s) - began))] $*"; }
on() { # NODE SSH-ARGUMENTS...
  host=${1#*=}
  shift
  ssh -F /dev/null -i "$folder/id_ed25519" -o BatchMode=yes -o StrictHostKeyChecking=yes -o "UserKnownHostsFile=$folder/known_hosts" \
    -o ControlMaster=auto -o "ControlPath=$sockets/%C" -o ControlPersist=20m "root@$host" "$@" </dev/null
}
first=${control_planes%% *}
kubectl() { on "$first" kubectl --kubeconfig=/etc/kubernetes/admin.conf "$@"; }

repository() {
  on "$1" "sed -i 's#/v1\.[0-9]*/deb#/$minor/deb#' /etc/apt/sources.list.d/kubernetes.list && apt-get update -q"
}
install() { # NODE PACKAGES...
  node_of=$1
  shift
  list=''
  for package in "$@"; do list="$list $package=$number-*"; done
  on "$node_of" "apt-mark unhold $* && apt-get install -y -q --allow-change-held-packages$list && apt-mark hold $*"
}

# The node reports the new kubelet and is Ready.
node_ready() {
  state=$(kubectl get node "${1%%=*}" -o "jsonpath='{.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type==\"Ready\")].status}'" 2>/dev/null) || return 1
  [ "$state" = "$version True" ]
}
# Every API server is ready, every etcd member answers, the static pods of the node are Ready.
control_plane_ready() {
  node_ready "$1" || return 1
  for peer in $control_planes; do
    on "$peer" "kubectl --kubeconfig=/etc/kubernetes/admin.conf --server=https://${peer#*=}:6443 get --raw=/readyz" >/dev/null 2>&1 || return 1
    # shellcheck disable=SC2016 # the node expands it
    on "$peer" 'pid=$(pgrep -x etcd | head -n 1) && /proc/$pid/root/usr/local/bin/etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key endpoint health' >/dev/null 2>&1 || return 1
  done
  pods=$(kubectl -n kube-system get pods -l tier=control-plane --field-selector "spec.nodeName=${1%%=*}" -o "jsonpath='{.items[*].status.conditions[?(@.type==\"Ready\")].status}'" 2>/dev/null) || return 1
  [ "$pods" = 'True True True True' ]
}
wait_for() { # SECONDS-OF-CALM CHECK NODE
  calm=0 last=$(date +%s) limit=$(($(date +%s) + 600))
  while :; do
    now=$(date +%s)
    if "$2" "$3"; then calm=$((calm + now - last)); else calm=0; fi
    last=$now
    if [ "$calm" -ge "$1" ] && "$2" "$3"; then return 0; fi
    [ "$now" -lt "$limit" ] || { say "$3 did not become healthy"; exit 1; }
    sleep 1
  done
}

kubelet() { # NODE CHECK SECONDS-OF-CALM
  say "$1: drain"
  kubectl drain "${1%%=*}" --ignore-daemonsets --timeout=300s
  say "$1: packages"
  install "$1" kubelet kubectl
  on "$1" 'systemctl daemon-reload && systemctl restart kubelet'
  say "$1: waiting until it is healthy"
  wait_for "$3" "$2" "$1"
  say "$1: uncordon"
  kubectl uncordon "${1%%=*}"
}

for node in $control_planes; do
  say "$node: packages"
  repository "$node"
  install "$node" kubeadm
  if [ "$node" = "$first" ]; then
    say "$node: kubeadm upgrade plan"
    on "$node" "kubeadm upgrade plan $version --ignore-preflight-errors=SystemVerification"
  fi
  # https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/#considerations-when-upgrading-etcd
  if [ "$stop" -gt 0 ]; then
    say "$node: graceful stop of the API server"
    on "$node" "pkill -TERM -x kube-apiserver; sleep $stop"
  fi
  say "$node: kubeadm upgrade"
  if [ "$node" = "$first" ]; then
    on "$node" "kubeadm upgrade apply $version --yes --ignore-preflight-errors=SystemVerification"
  else
    on "$node" "kubeadm upgrade node --ignore-preflight-errors=SystemVerification"
  fi
  kubelet "$node" control_plane_ready 20
done
for node in $workers; do
  say "$node: packages"
  repository "$node"
  install "$node" kubeadm
  say "$node: kubeadm upgrade"
  on "$node" 'kubeadm upgrade node --ignore-preflight-errors=SystemVerification'
  kubelet "$node" node_ready 0
done
say 'done'
