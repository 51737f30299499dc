#!/bin/bash
# create.sh IMAGE SIZE BASE SEED USER: makes a node's disk and puts its identity on it.
#
# SEED is a folder with the files of this node; they come over those in files/, which all nodes have.
set -euo pipefail

if [ "${LAB_PRIVATE_MOUNTS:-}" != yes ]; then
  LAB_PRIVATE_MOUNTS=yes exec unshare --mount --propagation private "$0" "$@"
fi

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/disk.sh"
image=$1 size=$2 base=$3 seed=$4 user=$5

rm -f "$image"
truncate -s "$size" "$image"
mkfs.btrfs -q -m single -d single "$image"
disk=${image%.img}
attach "$image" "$disk"
btrfs -q subvolume create "$disk/root"
# overlayfs cannot stack on overlayfs: what containerd and the kubelet keep is on the disk itself.
mkdir -p "$disk"/root/{upper,work,containerd,kubelet}
overlay "$base" "$disk"
root=$disk/merged

cp -a --no-preserve=ownership "$here/files/." "$root/"
cp -a --no-preserve=ownership "$seed/." "$root/"
mkdir -p "$root"/var/lib/{containerd,kubelet}
ssh-keygen -q -A -f "$root"
# For known_hosts: the keys are known before anybody connects.
cat "$root"/etc/ssh/ssh_host_*_key.pub >"$disk.hostkeys"
tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"

home=/root
if [ "$user" != root ]; then
  home=/home/$user
  chroot "$root" useradd --create-home --shell /bin/bash "$user"
  echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
  chmod 0440 "$root/etc/sudoers.d/$user"
fi
mkdir -p "$root$home/.ssh"
chmod 0700 "$root$home/.ssh"
cp "$root/etc/ssh/lab_authorized_keys" "$root$home/.ssh/authorized_keys"
chroot "$root" chown -R "$user:" "$home/.ssh"

systemctl --quiet --root="$root" enable lab-machine.service lab-fresh-boot.service systemd-networkd.service
