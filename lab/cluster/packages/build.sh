#!/bin/bash
# build.sh VERSION BINARIES OUT: makes the packages kubeadm, kubelet and kubectl in the folder OUT, as pkgs.k8s.io has them:
# names, versions, dependencies, unit files, and which package owns which file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR
. "$here/package.sh"
version=${1#v}-1.1 binaries=$2 out=$3
begin "$out"

stage kubeadm
install -D "$binaries/kubeadm" "$ROOT/usr/bin/kubeadm"
install -D -m 0644 "$here/files/10-kubeadm.conf" "$ROOT/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf"
build kubeadm "$version" '' 'Command-line utility for administering a Kubernetes cluster'

stage kubelet
install -D "$binaries/kubelet" "$ROOT/usr/bin/kubelet"
install -D -m 0644 "$here/files/kubelet.service" "$ROOT/usr/lib/systemd/system/kubelet.service"
install -D -m 0644 "$here/files/kubelet.default" "$ROOT/etc/default/kubelet"
install -D -m 0755 "$here/files/kubelet.postinst" "$ROOT/DEBIAN/postinst"
install -D -m 0755 "$here/files/kubelet.prerm" "$ROOT/DEBIAN/prerm"
echo /etc/default/kubelet >"$ROOT/DEBIAN/conffiles"
mkdir -p "$ROOT/etc/kubernetes/manifests"
build kubelet "$version" 'iptables (>= 1.4.21), kubernetes-cni (>= 1.2.0), mount, util-linux' 'Node agent for Kubernetes clusters'

stage kubectl
install -D "$binaries/kubectl" "$ROOT/usr/bin/kubectl"
build kubectl "$version" '' 'Command-line utility for interacting with a Kubernetes cluster'

finish
