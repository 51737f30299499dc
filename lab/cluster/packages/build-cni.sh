#!/bin/bash
# build-cni.sh VERSION BINARIES OUT: makes the package kubernetes-cni in the folder OUT.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/package.sh"
begin "$3"
stage kubernetes-cni
mkdir -p "$ROOT/opt/cni/bin" "$ROOT/etc/cni/net.d"
install "$2"/* "$ROOT/opt/cni/bin/"
build kubernetes-cni "${1#v}-1.1" '' 'Binaries required to provision container networking'
finish
