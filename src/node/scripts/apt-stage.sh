# Downloads packages into apt's cache and installs nothing. Only the Kubernetes repository is refreshed: a broken
# repository of someone else must not stop the upgrade.
# $1: repository file; $2...: package=version, where the version may end in * (any package revision).
file=$1
shift
set -eu
sources=/var/lib/kubeadm-upgrade/sources
rm -rf "$sources"
mkdir -p "$sources"
cp "$file" "$sources/"
apt-get update -q -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$sources" -o APT::Get::List-Cleanup=0 \
  -o APT::Update::Error-Mode=any -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600
apt-get install -q -y --download-only --allow-change-held-packages --no-install-recommends \
  -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 "$@"
