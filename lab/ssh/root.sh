#!/bin/sh
# root.sh FILES: real sshds on 127.0.0.1, in a copy-on-write view of this machine: what is installed there, and its users, are
# gone with this process. Has to be started as root under `unshare --mount --pid --fork --kill-child`.
#
# FILES is a folder that the sshds see as /run/ssh-lab. Prints "ready"; then each line of stdin, "PORT TMP CONFIG", starts an
# sshd with a configuration of that folder; TMP is how /tmp is mounted for it: rw, ro or noexec. Ends with stdin.
set -eu

files=$1
work=$(mktemp -d)
mount --make-rprivate /
mount -t tmpfs tmpfs "$work"
root=$work/root
mkdir "$work/upper" "$work/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
chmod 1777 "$root/tmp"
mkdir -p "$root/run/ssh-lab" "$root/run/sshd"
mount --bind "$files" "$root/run/ssh-lab"

# The packages start nothing: this is not a machine that has booted.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
chroot "$root" /bin/sh /run/ssh-lab/users.sh >&2
echo ready

while read -r port tmp config; do
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount /bin/sh -c '
    mount -o "remount,$3" "$1/tmp"
    exec chroot "$1" /usr/sbin/sshd -D -E "/run/ssh-lab/$2.log" -f "/run/ssh-lab/$2" -p "$4"
  ' sh "$root" "$config" "$tmp" "$port" </dev/null >/dev/null &
done
