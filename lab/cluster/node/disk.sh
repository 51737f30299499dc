# shellcheck shell=bash
# Sourced: a node's disk. It is a btrfs image with two subvolumes: `root`, what the running node writes, and `golden`, its
# state right after `up`. Snapshots of btrfs take milliseconds; that is what makes `reset` fast.
#
# Whoever sources this runs in a mount namespace of its own: its mounts and the loop device end with its last process.

# attach IMAGE DIR
attach() {
  # Mounting an image that another loop device still has open would corrupt it.
  local try
  for try in $(seq 100); do
    [ -z "$(losetup -j "$1")" ] && break
    [ "$try" = 100 ] && { echo "$1 is still in use: $(losetup -j "$1")" >&2; return 1; }
    sleep 0.05
  done
  mkdir -p "$2"
  # A lab does not outlive a crash of its machine, so nothing has to wait for the disk (nobarrier).
  mount -t btrfs -o loop,nobarrier,noatime,nodatacow,discard=async "$1" "$2"
}

# overlay BASE DISK: the node's root file system, at DISK/merged.
overlay() {
  mkdir -p "$2/merged"
  mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/root/upper,workdir=$2/root/work" "$2/merged"
}

# back_to_golden DISK
back_to_golden() {
  [ -d "$1/golden" ] || { echo "$1 has no golden snapshot" >&2; return 1; }
  btrfs -q subvolume delete "$1/root"
  btrfs -q subvolume snapshot "$1/golden" "$1/root"
}
