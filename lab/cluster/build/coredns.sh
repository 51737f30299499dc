#!/bin/bash
# coredns.sh VERSION OUT: builds CoreDNS from the Go module proxy into the folder OUT.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

version=$1
begin "$2"
printf 'module lab\ngo %s\nrequire github.com/coredns/coredns %s\n' "$(go env GOVERSION | sed 's/^go//')" "$version" >go.mod
import_commands github.com/coredns/coredns
go build -v -o bin/coredns -ldflags '-s -w' github.com/coredns/coredns
finish
