#!/bin/bash
# kube-proxy.sh BASE BINARY ROOT: fills the folder ROOT with what kube-proxy's image needs: iptables over nftables, conntrack,
# their extensions and libraries, all from the node image in the folder BASE.
set -euo pipefail

base=$1 binary=$2 root=$3
install -D "$binary" "$root/usr/local/bin/kube-proxy"

# Debian's /lib, /lib64 and /bin are links into /usr; so are the image's.
mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
# The extensions are loaded at run time, and with them libm, which ldd does not know of.
extensions=$(cd "$base" && echo usr/lib/*/xtables)
mkdir -p "$root/$extensions"
cp -r "$base/$extensions/." "$root/$extensions/"
for program in /usr/sbin/xtables-nft-multi /usr/sbin/conntrack; do
  cp "$base$program" "$root$program"
  chroot "$base" ldd "$program" | grep -oE '/[^ ]+'
done | cat - <(chroot "$base" sh -c 'echo /lib/*/libm.so.6') | sort -u | while read -r library; do
  target=$(chroot "$base" readlink -f "$(dirname "$library")")
  mkdir -p "$root$target"
  cp -L "$base$target/$(basename "$library")" "$root$target/"
done
for name in iptables ip6tables; do
  for command in $name $name-save $name-restore; do
    ln -s xtables-nft-multi "$root/usr/sbin/$command"
  done
done
