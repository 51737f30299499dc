# Installs exact versions of packages that are excluded or locked, and leaves them so.
# $1: dnf or dnf5; $2: id of the repository; $3: version; $4...: packages.
command=$1 id=$2 version=$3
shift 3
set -eu
refuse_downgrade "$version" "$@"
remove_duplicates "$version" "$@"

# A versionlock names the version that was there before. dnf reads all repositories for it, also one that is broken.
relock() {
  if [ "$command" = dnf5 ]; then
    set -- "$1" dnf5 -y '--setopt=*.skip_if_unavailable=1' "--setopt=disable_excludes=$id,main"
  else
    set -- "$1" dnf -y '--setopt=*.skip_if_unavailable=1' "--disableexcludes=$id" --disableexcludes=main
  fi
  package=$1
  shift
  grep -Eqs "^([0-9]+:)?$package-|^name *= *\"$package\"" /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml || return 0
  "$@" versionlock delete "$package"
  "$@" versionlock add "$package"
}
names=$*
for package in "$@"; do
  shift
  set -- "$@" "$package-$version-*"
done
# Not removed from the cache when done: the other staged packages would go with them.
lifted "$command" "$id" install --setopt=keepcache=1 --setopt=install_weak_deps=0 "$@"
for package in $names; do
  relock "$package"
done
# shellcheck disable=SC2086 # package names
require_installed "$version" $names
