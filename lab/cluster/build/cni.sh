#!/bin/bash
# cni.sh VERSION OUT: builds the CNI plugins that a bridge network needs, from the Go module proxy, into the folder OUT.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

version=$1
begin "$2"
module=github.com/containernetworking/plugins
printf 'module lab\ngo %s\nrequire %s %s\n' "$(go env GOVERSION | sed 's/^go//')" "$module" "$version" >go.mod
plugins=("$module/plugins/main/bridge" "$module/plugins/main/loopback" "$module/plugins/ipam/host-local" "$module/plugins/meta/portmap")
import_commands "${plugins[@]}"
go build -v -o bin/ -ldflags '-s -w' "${plugins[@]}"
finish
