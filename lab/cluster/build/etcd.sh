#!/bin/bash
# etcd.sh VERSION OUT: builds etcd, etcdctl and etcdutl from the Go module proxy into the folder OUT.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

version=$1
begin "$2"
modules=(go.etcd.io/etcd/server/v3 go.etcd.io/etcd/etcdctl/v3 go.etcd.io/etcd/etcdutl/v3)
{
  printf 'module lab\ngo %s\n' "$(go env GOVERSION | sed 's/^go//')"
  for module in "${modules[@]}"; do echo "require $module $version"; done
} >go.mod
import_commands "${modules[@]}"
go build -v -o bin/etcd -ldflags '-s -w' go.etcd.io/etcd/server/v3
go build -v -o bin/ -ldflags '-s -w' go.etcd.io/etcd/etcdctl/v3 go.etcd.io/etcd/etcdutl/v3
finish
