#!/bin/bash
# kubernetes.sh VERSION OUT: builds Kubernetes' commands from the Go module proxy into the folder OUT.
#
# k8s.io/kubernetes is not meant to be required as a module: it refers to its staging modules by relative path. They are
# published as well, under v0.Y.Z for Kubernetes v1.Y.Z; the go.mod written here points at those.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/common.sh"

version=$1
begin "$2"
staging=v0.${version#v1.}
minor=${staging#v0.}
minor=${minor%%.*}

upstream_mod=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^.*"GoMod": "\(.*\)".*$/\1/p')
[ -f "$upstream_mod" ] || { echo "k8s.io/kubernetes $version is not on the Go module proxy" >&2; exit 1; }
{
  echo 'module lab'
  grep -E '^go ' "$upstream_mod"
  echo "require k8s.io/kubernetes $version"
  sed -nE "s|^\s*(k8s\.io/\S+) => \./staging/.*|replace \1 => \1 $staging|p" "$upstream_mod"
} >go.mod

commands=()
for name in kubeadm kubelet kubectl kube-apiserver kube-controller-manager kube-scheduler kube-proxy; do
  commands+=("k8s.io/kubernetes/cmd/$name")
done
import_commands "${commands[@]}"

flags='-s -w'
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  flags+=" -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor"
  flags+=" -X $package.gitTreeState=clean -X $package.gitCommit=0000000000000000000000000000000000000000"
  flags+=" -X $package.buildDate=2026-01-01T00:00:00Z"
done
go build -v -o bin/ -ldflags "$flags" "${commands[@]}"
finish
