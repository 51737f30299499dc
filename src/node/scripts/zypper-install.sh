# Installs exact versions of locked packages; the locks stay. $1: version; $2...: packages.
version=$1
shift
set -eu
refuse_downgrade "$version" "$@"
remove_duplicates "$version" "$@"
names=$*
for package in "$@"; do
  shift
  set -- "$@" "$package=$version"
done
unlocked_zypper install --no-recommends "$@"
# shellcheck disable=SC2086 # package names
require_installed "$version" $names
