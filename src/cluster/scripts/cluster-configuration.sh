# Replaces the ClusterConfiguration in the ConfigMap kubeadm-config, if it still is the one that was read. Needs kubectl.sh.
# $1: the text as it was read; $2: the new text as JSON.
set -eu
seen=$(admin get configmap kubeadm-config -n kube-system -o 'jsonpath={.metadata.resourceVersion}{"\n"}{.data.ClusterConfiguration}')
version=${seen%%
*}
found=${seen#*
}
if [ "$found" != "$(printf '%s\n' "$1")" ]; then
  echo 'kubeadm-config was changed by somebody else meanwhile' >&2
  exit 1
fi
# With the version: what somebody writes between the two requests is never lost.
admin patch configmap kubeadm-config -n kube-system --type=merge -p \
  "{\"metadata\":{\"resourceVersion\":\"$version\"},\"data\":{\"ClusterConfiguration\":$2}}"
