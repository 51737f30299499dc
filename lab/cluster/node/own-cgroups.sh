# shellcheck shell=bash
# own-cgroups.sh: sourced in a cgroup namespace and a mount namespace of their own, before systemd-nspawn.
#
# The cgroup file systems mounted so far belong to the machine's cgroup namespace; in those mounted now this node's group
# is the root. systemd-nspawn mixes up its paths otherwise.
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  umount -l /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
else
  umount -R -l /sys/fs/cgroup
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  while IFS=: read -r _ controllers _; do
    [ -n "$controllers" ] || continue
    mkdir "/sys/fs/cgroup/${controllers#name=}"
    mount -t cgroup -o "${controllers/#name=/none,name=}" cgroup "/sys/fs/cgroup/${controllers#name=}"
  done </proc/self/cgroup
fi
