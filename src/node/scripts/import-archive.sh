# Loads an archive that was received completely into containerd, and removes it. $1: its SHA-256.
set -eu
file=/var/lib/kubeadm-upgrade/archives/$1.part
sum=$(sha256sum "$file" | cut -d ' ' -f 1)
if [ "$sum" != "$1" ]; then
  rm -f "$file"
  echo "the archive arrived damaged: $sum" >&2
  exit 65
fi
ctr --namespace k8s.io images import "$file"
rm -f "$file"
