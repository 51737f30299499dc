# Pulls the control plane images of a version with that version's own kubeadm. Needs temporary-folder.sh and the package
# manager's fetch_kubeadm.
# $1: version with the v; $2: ClusterConfiguration (YAML) whose kubernetesVersion is that version; $3...: arguments of
# fetch_kubeadm after the folder.
version=$1 configuration=$2
shift 2
set -eu
kubeadm=kubeadm
if [ "$(kubeadm version -o short 2>/dev/null)" != "$version" ]; then
  # shellcheck disable=SC2154 # of temporary-folder.sh
  fetch_kubeadm "$temporary/kubeadm" "$@"
fi
printf '%s\n' "$configuration" >"$temporary/configuration.yaml"
# Where several container runtimes answer, kubeadm wants to be told which one is meant: the kubelet's.
socket=$(cat /var/lib/kubelet/instance-config.yaml /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env 2>/dev/null |
  sed -n -e 's/^containerRuntimeEndpoint: *"*\([^" ]*\).*/\1/p' -e 's/.*--container-runtime-endpoint=\([^" ]*\).*/\1/p' |
  grep . | head -n 1)
if [ -n "$socket" ]; then
  api=$(sed -n 's/^apiVersion: *//p' "$temporary/configuration.yaml")
  printf '%s\n' --- "apiVersion: $api" 'kind: InitConfiguration' 'nodeRegistration:' "  criSocket: $socket" >>"$temporary/configuration.yaml"
fi
"$kubeadm" config images pull --config "$temporary/configuration.yaml"
