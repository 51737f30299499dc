# Downloads programs beside those that run; installs nothing. Needs binary-functions.sh.
# $1: base URL; $2: keyring or empty; $3: version with the v; $4: architecture; $5...: names.
base=$1 keyring=$2 version=$3 architecture=$4
shift 4
set -eu
# shellcheck disable=SC2154 # $programs is of binary-functions.sh
for name in "$@"; do
  fetch_program "$programs/$version" "$base" "$keyring" "$version" "$architecture" "$name"
done
ls -l "$programs/$version"
