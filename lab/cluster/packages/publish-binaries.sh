#!/bin/bash
# publish-binaries.sh ROOT VERSION BINARIES: offers the programs of a version below ROOT, in the layout of dl.k8s.io.
set -euo pipefail

root=$1 version=$2 binaries=$3
folder=$root/release/$version/bin/linux/amd64
mkdir -p "$folder"
for program in kubeadm kubelet kubectl; do
  ln -f "$binaries/$program" "$folder/$program" 2>/dev/null || cp "$binaries/$program" "$folder/$program"
  sha256sum "$folder/$program" | cut -d ' ' -f 1 >"$folder/$program.sha256"
done
minor=${version%.*}
newest=$(cd "$root/release" && printf '%s\n' "$minor".* | sort -V | tail -n 1)
printf '%s' "$newest" >"$root/release/stable-${minor#v}.txt"
