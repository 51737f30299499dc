#!/bin/bash
# publish.sh REPOSITORY MINOR GNUPGHOME DEB...: makes REPOSITORY a signed apt repository in the layout of
# pkgs.k8s.io/core:/stable:/vX.Y/deb/, offering the given packages.
set -euo pipefail

repository=$1 minor=$2
export GNUPGHOME=$3
shift 3

work=$(dirname "$repository")/.building-$(basename "$repository")
rm -rf "$work"
mkdir -p "$work/amd64"
ln -f "$@" "$work/amd64/" 2>/dev/null || cp "$@" "$work/amd64/"
cd "$work"
apt-ftparchive packages . >Packages
gzip -k9 Packages
# Not into the folder: apt-ftparchive would list its own unfinished output.
apt-ftparchive \
  -o "APT::FTPArchive::Release::Origin=obs://build.opensuse.org/isv:kubernetes:core:stable:$minor/deb" \
  -o "APT::FTPArchive::Release::Label=isv:kubernetes:core:stable:$minor" \
  release . >"$work.release"
mv "$work.release" Release
gpg --batch --yes --armor --export >Release.key
gpg --batch --yes --clearsign --output InRelease Release
gpg --batch --yes --armor --detach-sign --output Release.gpg Release
gpgconf --kill gpg-agent
cd /
rm -rf "$repository"
mv "$work" "$repository"
