#!/bin/bash
# push.sh STORAGE LAYOUTS REFERENCE...: puts images (OCI layouts in the folder LAYOUTS) into the registry's storage, under
# the name that follows the registry's host. The registry that takes them runs in a network of its own, so nothing on this
# machine can collide with it.
set -euo pipefail

if [ "${LAB_PRIVATE_NETWORK:-}" != yes ]; then
  LAB_PRIVATE_NETWORK=yes exec unshare --net --pid --fork --kill-child "$0" "$@"
fi

here=$(cd "$(dirname "$0")" && pwd)
storage=$1 layouts=$2
shift 2
ip link set lo up
mkdir -p "$storage"
REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$storage docker-registry serve "$here/../network/registry.yml" &
for _ in $(seq 100); do
  curl -fsS -o /dev/null http://127.0.0.1:5000/v2/ 2>/dev/null && break
  sleep 0.1
done
for reference in "$@"; do
  layout=$layouts/$(echo "$reference" | tr /: __)
  skopeo copy --quiet --dest-tls-verify=false "oci:$layout" "docker://127.0.0.1:5000/${reference#*/}"
  rm -rf "$layout"
done
