#!/bin/bash
# publish-rpms.sh REPOSITORY GNUPGHOME RPM...: makes REPOSITORY a signed rpm repository in the layout of
# pkgs.k8s.io/core:/stable:/vX.Y/rpm/, offering the given packages.
set -euo pipefail

repository=$1
export GNUPGHOME=$2
shift 2

work=$(dirname "$repository")/.building-$(basename "$repository")
rm -rf "$work"
mkdir -p "$work/x86_64" "$work/noarch"
for package in "$@"; do
  folder=x86_64
  [ "${package%.noarch.rpm}" = "$package" ] || folder=noarch
  ln -f "$package" "$work/$folder/" 2>/dev/null || cp "$package" "$work/$folder/"
done
createrepo_c --quiet --no-database "$work"
gpg --batch --yes --armor --detach-sign --output "$work/repodata/repomd.xml.asc" "$work/repodata/repomd.xml"
gpg --batch --yes --armor --export >"$work/repodata/repomd.xml.key"
gpgconf --kill gpg-agent
rm -rf "$repository"
mv "$work" "$repository"
