# Installs exact versions of held packages and holds them again, whatever happens. Needs apt-mark.sh.
# $@: package=version.
set -eu
export DEBIAN_FRONTEND=noninteractive
# needrestart would restart the kubelet by itself, before the step that is meant to do it.
export NEEDRESTART_SUSPEND=1
names=
for package in "$@"; do
  names="$names ${package%%=*}"
done
# shellcheck disable=SC2086 # package names
hold() { mark hold $names; }
trap hold EXIT
# First, since it waits for dpkg's lock as dpkg itself does not.
# shellcheck disable=SC2086
mark unhold $names
# Heals what a killed dpkg left.
if [ -n "$(dpkg --audit)" ]; then
  dpkg --configure -a --force-confdef --force-confold
fi
apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
