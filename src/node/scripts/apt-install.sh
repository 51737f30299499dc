# Installs exact versions of held packages and holds them again, whatever happens. $@: package=version.
set -eu
export DEBIAN_FRONTEND=noninteractive
# needrestart would restart the kubelet by itself, before the step that is meant to do it.
export NEEDRESTART_SUSPEND=1
names=
for package in "$@"; do
  names="$names ${package%%=*}"
done
# shellcheck disable=SC2086 # package names
hold() { apt-mark hold $names; }
trap hold EXIT
# Heals what a killed dpkg left. Not called for nothing: dpkg does not wait for its lock as apt-get below does.
if [ -n "$(dpkg --audit)" ]; then
  dpkg --configure -a --force-confdef --force-confold
fi
# shellcheck disable=SC2086
apt-mark unhold $names
apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
