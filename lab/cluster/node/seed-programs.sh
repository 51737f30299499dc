#!/bin/bash
# seed-programs.sh CNI SEED: what a node without packages has beside kubeadm, kubelet and kubectl in /usr/local/bin, as the
# page on installing kubeadm puts it there: CNI plugins, and the kubelet's unit files with other paths.
set -euo pipefail

files=$(dirname "$0")/../packages/files seed=$2
mkdir -p "$seed/opt/cni" "$seed/etc/systemd/system/kubelet.service.d" "$seed/etc/kubernetes/manifests"
cp -r "$1" "$seed/opt/cni/bin"
sed 's#/usr/bin/kubelet#/usr/local/bin/kubelet#' "$files/kubelet.service" >"$seed/etc/systemd/system/kubelet.service"
sed 's#/usr/bin/kubelet#/usr/local/bin/kubelet#' "$files/10-kubeadm.conf" >"$seed/etc/systemd/system/kubelet.service.d/10-kubeadm.conf"
