#!/bin/bash
# boot.sh LAB NODE NETNS IMAGE BASE [golden]: boots a node and stays until it is off. With "golden" it first goes back to
# its golden snapshot.
#
# A node is a systemd-nspawn container with real systemd, in the lab's network namespace, with a mount namespace and a
# cgroup namespace of its own: two kubelets on one machine don't meet.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
lab=$1 node=$2 netns=$3 image=$4 base=$5 state=${6:-}
if [ "${LAB_PRIVATE_MOUNTS:-}" != yes ]; then
  # nsenter and not "ip netns exec", which mounts /sys again.
  LAB_PRIVATE_MOUNTS=yes exec "$here/cgroups.sh" run "$lab/$node" \
    nsenter --net="$netns" -- unshare --cgroup --mount --propagation private "$0" "$@"
fi

# shellcheck source-path=SCRIPTDIR
. "$here/own-cgroups.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/disk.sh"
disk=${image%.img}
attach "$image" "$disk"
[ "$state" != golden ] || back_to_golden "$disk"
overlay "$base" "$disk"

# systemd-nspawn keeps notes on its containers here; those of this node end with it, and another lab's cp1 is not in them.
mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn
# The link of a node that was killed stays for a moment.
ip link delete "vb-$node" 2>/dev/null || true

options=(
  --directory="$disk/merged" --boot
  --machine="$node"
  # The machine's own systemd, where there is one, is not asked: the cgroup is ours.
  --register=no --keep-unit
  --network-bridge=br0 --resolv-conf=off --timezone=off --link-journal=no
  # kubelet, containerd and kube-proxy are used to having the machine to themselves.
  --capability=all --system-call-filter='@mount @keyring bpf perf_event_open @module'
  --bind="$disk/root/containerd:/var/lib/containerd" --bind="$disk/root/kubelet:/var/lib/kubelet"
  # The kubelet looks up the block device of its disk.
  --bind="$(findmnt -n -o SOURCE "$disk" | sed 's/\[.*//')"
)
[ "$state" != golden ] || options+=(--setenv=LAB_FRESH_BOOT=yes)
for device in /dev/fuse /dev/kmsg; do
  [ ! -e "$device" ] || options+=(--bind="$device")
done
exec systemd-nspawn "${options[@]}"
