# kubeadm upgrade with an UpgradeConfiguration, by the kubeadm of exactly the wanted version.
# $1: apply or node; $2: version with the v; $3: UpgradeConfiguration (YAML).
action=$1 version=$2 configuration=$3
set -eu
installed=$(kubeadm version -o short)
if [ "$installed" != "$version" ]; then
  echo "kubeadm is $installed, wanted is $version" >&2
  exit 64
fi
umask 077
file=/var/lib/kubeadm-upgrade/upgrade-configuration.yaml
printf '%s\n' "$configuration" >"$file"
case $action in
# --yes answers the only question; flags that change the upgrade are all in the file.
apply) kubeadm upgrade apply --yes --config "$file" ;;
node) kubeadm upgrade node --config "$file" ;;
esac
