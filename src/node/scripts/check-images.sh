# Whether the container runtime has all images that a version's own kubeadm wants, where they were loaded and there is no
# registry to pull from. Needs temporary-folder.sh, fetch_kubeadm and the text of images-missing.sh.
# $1: version with the v; $2: ClusterConfiguration (YAML) whose kubernetesVersion is that version; $3: images-missing.sh;
# $4...: arguments of fetch_kubeadm after the folder.
version=$1 configuration=$2 missing_script=$3
shift 3
set -eu
kubeadm=kubeadm
if [ "$(kubeadm version -o short 2>/dev/null)" != "$version" ]; then
  # shellcheck disable=SC2154 # of temporary-folder.sh
  fetch_kubeadm "$temporary/kubeadm" "$@"
fi
printf '%s\n' "$configuration" >"$temporary/configuration.yaml"
wanted=$("$kubeadm" config images list --config "$temporary/configuration.yaml")
# shellcheck disable=SC2086 # image names have no spaces
missing=$(/bin/sh -c "$missing_script" images-missing $wanted)
if [ -n "$missing" ]; then
  echo "the archive of images.archive lacks:" >&2
  echo "$missing" >&2
  exit 66
fi
echo "all there: $wanted"
