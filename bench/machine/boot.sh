#!/bin/bash
# boot.sh FOLDER: a machine with a real systemd and a real sshd, in a copy-on-write view of this one. It has a network of its
# own that is nothing but loopback: sshd answers at every 127.x.x.x, on port 22. Runs until it is killed.
#
# FOLDER/files has host (a private key), authorized_keys and sshd_config; the machine sees it as /mnt, and sshd's log is
# written there. FOLDER/work is empty. Has to be started as root under
# `unshare --cgroup --mount --pid --fork --kill-child --mount-proc`.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
files=$1/files work=$1/work
mount --make-rprivate /
# shellcheck source=lab/cluster/node/own-cgroups.sh
. "$here/../../lab/cluster/node/own-cgroups.sh"

mount -t tmpfs tmpfs "$work"
root=$work/root
mkdir "$work/upper" "$work/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$root"

# This machine's packages are those of the other one, but for what is missing; nothing is started by their installation.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
packages='openssh-server openssh-sftp-server systemd-sysv dbus python3'
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list
install() { chroot "$root" apt-get install -y -qq --no-install-recommends $packages >"$files/apt.log" 2>&1; }
install || { chroot "$root" apt-get update -qq && install; }
# Images of containers are told to have no caches of apt; a node has them.
rm -f "$root"/etc/apt/apt.conf.d/docker-*
chroot "$root" apt-mark showhold >/dev/null
umount "$root/proc"
umount -R -l "$root/dev"

# Whatever root of this machine starts its shells with, and services that it has, are no part of a measurement.
rm -f "$root"/root/.{bashrc,profile,bash_profile,bash_login}
cp "$here/bench.target" "$here/bench-sshd.service" "$root/etc/systemd/system/"
mkdir -p "$root/mnt"

# shellcheck disable=SC2016 # expanded by the inner shell
exec unshare --net /bin/bash -c '
  ip link set lo up
  mkdir -p /run/systemd/nspawn
  mount -t tmpfs tmpfs /run/systemd/nspawn
  exec systemd-nspawn --quiet --directory="$1" --boot --machine=bench --bind="$2:/mnt" --register=no --keep-unit \
    --resolv-conf=off --timezone=off --link-journal=no --console=pipe -- --unit=bench.target
' bash "$root" "$files" </dev/null
