# Pulls the control plane images of a version with that version's own kubeadm.
# $1: version with the v; $2: ClusterConfiguration (YAML) whose kubernetesVersion is that version.
version=$1 configuration=$2
set -eu
root=/var/lib/kubeadm-upgrade
temporary=$(mktemp -d "$root/images.XXXXXX")
trap 'rm -rf "$temporary"' EXIT
trap 'exit 130' INT TERM HUP
kubeadm=kubeadm
if [ "$(kubeadm version -o short 2>/dev/null)" != "$version" ]; then
  # Not installed yet: extracted from the package that was downloaded, never installed.
  dpkg-deb -x "$(find /var/cache/apt/archives -name "kubeadm_${version#v}-*.deb" | sort | tail -n 1)" "$temporary"
  kubeadm=$temporary/usr/bin/kubeadm
fi
printf '%s\n' "$configuration" >"$temporary/configuration.yaml"
"$kubeadm" config images pull --config "$temporary/configuration.yaml"
