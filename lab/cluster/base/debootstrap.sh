#!/bin/bash
# debootstrap.sh OUT MANAGER: makes a node image, a Debian root file system, in the folder OUT, for nodes whose Kubernetes
# packages come through MANAGER: apt, dnf, dnf5, zypper, or none. rpm's database lies beside dpkg's and knows nothing of it.
#
# The mirror is whatever this machine's own apt uses: a lab must work where only a local mirror is reachable.
set -euo pipefail

out=$1 manager=$2
suite=bookworm
packages=(
  # a machine
  systemd systemd-sysv dbus udev kmod procps psmisc mount util-linux iproute2 iputils-ping libnss-myhostname
  # what kubelet, kubeadm and containerd need
  containerd runc iptables conntrack ethtool socat
  # what people and upgrade tools log in with and use
  openssh-server sudo curl ca-certificates gpg apt-utils python3 less
)
case $manager in
dnf) packages+=(dnf dnf-plugins-core rpm cpio) ;;
zypper) packages+=(zypper rpm cpio) ;;
dnf5) packages+=(rpm cpio) ;;
esac

# shellcheck disable=SC2016 # apt's own placeholders
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT) $(CREATED_BY)' 'ORIGIN: Debian' |
  awk -v suite="$suite" '$2 == suite && $3 == "main" && $4 == "Packages" { print $1; exit }')
[ -n "$mirror" ] || mirror=$(grep -rhoE '^(URIs: |deb (\[[^]]*\] )?)https?://\S+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
  grep -oE 'https?://\S+' | head -n 1)
[ -n "$mirror" ] || { echo "no Debian mirror in this machine's apt sources" >&2; exit 1; }

work=$(dirname "$out")/.building-$(basename "$out")
rm -rf "$work"
mkdir -p "$work"
include=$(IFS=,; echo "${packages[*]}")
debootstrap --variant=minbase --include="$include" "$suite" "$work" "$mirror"

case $manager in
dnf | dnf5 | zypper)
  # Debian's own rpm keeps its database in the home folder.
  mkdir -p "$work/etc/rpm" "$work/var/lib/rpm"
  echo '%_dbpath /var/lib/rpm' >"$work/etc/rpm/macros"
  ;;
esac
# A plugin of Debian's that makes a repository of everything that was ever installed.
[ "$manager" != dnf ] || sed -i 's/^enabled.*/enabled = 0/' "$work/etc/dnf/plugins/local.conf"
[ "$manager" != dnf5 ] || "$(dirname "$0")/dnf5.sh" "$work" "$mirror"

# What identifies one machine is made per node.
rm -f "$work"/etc/ssh/ssh_host_* "$work/etc/machine-id" "$work/etc/hostname"
# The name server does not exist: nothing leaves the lab. CoreDNS refuses to start without one.
echo 'nameserver 10.200.0.1' >"$work/etc/resolv.conf"
# A node has no way to a Debian mirror; only the Kubernetes repository is configured, per node.
: >"$work/etc/apt/sources.list"
rm -rf "$work"/var/cache/apt/archives/*.deb "$work"/var/lib/apt/lists/* "$work"/usr/share/{doc,man,locale}/*
mv "$work" "$out"
