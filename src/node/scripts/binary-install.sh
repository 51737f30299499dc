# Replaces programs by those of an exact version, each in one step; keeps the old ones. Needs binary-functions.sh.
# $1: base URL; $2: keyring or empty; $3: version with the v; $4: architecture; $5: folder of the programs; $6...: names.
base=$1 keyring=$2 version=$3 architecture=$4 folder=$5
shift 5
set -eu
# shellcheck disable=SC2154 # $programs is of binary-functions.sh
for name in "$@"; do
  installed=$(program_version "$folder/$name" 2>/dev/null || :)
  [ "$installed" != "$version" ] || continue
  # A release candidate sorts before its release for sort -V only with a tilde.
  newest=$(printf '%s\n' "$installed" "$version" | sed 's/-/~/' | sort -V | tail -n 1 | sed 's/~/-/')
  if [ "$newest" != "$version" ]; then
    echo "$name $installed is installed; $version would be a downgrade" >&2
    exit 64
  fi
  fetch_program "$programs/$version" "$base" "$keyring" "$version" "$architecture" "$name"
  found=$(program_version "$programs/$version/$name")
  if [ "$found" != "$version" ]; then
    echo "the program at $base says it is $found, wanted is $version" >&2
    exit 65
  fi
  if [ -e "$folder/$name" ]; then
    mkdir -p "$programs/replaced"
    rm -f "$programs/replaced/$name-"*
    cp -p "$folder/$name" "$programs/replaced/$name-${installed:-unknown}"
  fi
  # Beside the old one and renamed: a running kubelet's file cannot be written to, and nobody ever starts half a program.
  cp "$programs/$version/$name" "$folder/.$name.kubeadm-upgrade"
  chmod 0755 "$folder/.$name.kubeadm-upgrade"
  mv -f "$folder/.$name.kubeadm-upgrade" "$folder/$name"
  rm -f "$programs/$version/$name" "$programs/$version/$name".*
  echo "$folder/$name: ${installed:-none} -> $version (the old one: $programs/replaced/$name-${installed:-unknown})"
done
rmdir "$programs/$version" 2>/dev/null || :
