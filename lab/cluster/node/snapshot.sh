#!/bin/bash
# snapshot.sh IMAGE: keeps the state of a stopped node as its golden snapshot.
set -euo pipefail

if [ "${LAB_PRIVATE_MOUNTS:-}" != yes ]; then
  LAB_PRIVATE_MOUNTS=yes exec unshare --mount --propagation private "$0" "$@"
fi

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/disk.sh"
disk=${1%.img}
attach "$1" "$disk"
[ ! -d "$disk/golden" ] || btrfs -q subvolume delete "$disk/golden"
btrfs -q subvolume snapshot -r "$disk/root" "$disk/golden"
