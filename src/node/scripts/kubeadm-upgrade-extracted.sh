# kubeadm upgrade node by a kubeadm that is downloaded and extracted for it, and gone afterwards: for a worker whose kubelet
# skips this minor. Needs temporary-folder.sh and the package manager's fetch_kubeadm.
# $1: version with the v; $2: UpgradeConfiguration (YAML); $3...: arguments of fetch_kubeadm after the folder.
# shellcheck disable=SC2154 # variables: the scripts before it set them
version=$1 configuration=$2
shift 2
fetch_kubeadm "$temporary/kubeadm" "$@" || exit
found=$("$kubeadm" version -o short) || exit
if [ "$found" != "$version" ]; then
  echo "the kubeadm that was downloaded is $found, wanted is $version" >&2
  exit 64
fi
printf '%s\n' "$configuration" >"$temporary/upgrade-configuration.yaml"
"$kubeadm" upgrade node --config "$temporary/upgrade-configuration.yaml"
