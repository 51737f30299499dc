#!/bin/bash
# build-rpms.sh GNUPGHOME SPEC VERSION BINARIES OUT: makes the rpm packages of files/SPEC.spec, signed, in the folder OUT.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export GNUPGHOME=$1
spec=$2 version=${3#v} binaries=$4 out=$5

work=$(dirname "$out")/.building-$(basename "$out")
rm -rf "$work"
mkdir -p "$work/rpms"
rpmbuild -bb --quiet --define "_topdir $work/build" --define "_rpmdir $work/rpms" \
  --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define "_dbpath $work/db" \
  --define "kubernetes_version ${version//-/\~}" --define "cni_version $version" \
  --define "binaries $binaries" --define "here $here" "$here/files/$spec.spec"
rpm --addsign --define '_gpg_name lab@example.invalid' --define "__gpg $(command -v gpg)" "$work"/rpms/*.rpm
gpgconf --kill gpg-agent
rm -rf "$out"
mv "$work/rpms" "$out"
rm -rf "$work"
