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
"$kubeadm" config images pull --config "$temporary/configuration.yaml"
