#!/bin/bash
# dnf5.sh ROOT MIRROR: puts dnf5 and its rpm into the node image ROOT. Debian has dnf5 from version 14 (forky) on, whose systemd
# knows no cgroup v1 any more. So these programs come with their own libraries and work on the node's own root.
set -euo pipefail

root=$1 mirror=$2
forky=$(dirname "$root")/.building-forky
rm -rf "$forky"
mkdir -p "$forky"
trap 'rm -rf "$forky"' EXIT
debootstrap --variant=minbase --include=dnf5,rpm forky "$forky" "$mirror" /usr/share/debootstrap/scripts/sid

own=/opt/debian-14
mkdir -p "$root$own/usr/bin"
for program in dnf5 rpm rpmkeys rpm2cpio; do
  cp "$forky/usr/bin/$program" "$root$own/usr/bin/"
done
mkdir -p "$root$own/usr/lib/x86_64-linux-gnu"
cp -a "$forky"/usr/lib/x86_64-linux-gnu/*.so* "$root$own/usr/lib/x86_64-linux-gnu/"
cp -aL "$forky/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$root$own/usr/lib/x86_64-linux-gnu/"
cp -a "$forky/usr/lib/rpm" "$root$own/usr/lib/"
cp -a "$forky/usr/share/dnf5" "$root/usr/share/"
# Of plugins that are left behind.
rm "$root"/usr/share/dnf5/aliases.d/compatibility-{plugins,reposync}.conf
mkdir -p "$root/etc/dnf"
cp "$forky/etc/dnf/dnf.conf" "$root/etc/dnf/"
for program in dnf5 rpm rpmkeys rpm2cpio; do
  cat >"$root/usr/bin/$program.own" <<END
#!/bin/sh
RPM_CONFIGDIR=$own/usr/lib/rpm
export RPM_CONFIGDIR
exec $own/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 --library-path $own/usr/lib/x86_64-linux-gnu $own/usr/bin/$program "\$@"
END
  chmod 0755 "$root/usr/bin/$program.own"
  mv "$root/usr/bin/$program.own" "$root/usr/bin/$program"
done
