# Downloads packages into dnf's cache, checks their signatures and rehearses their installation; installs nothing.
# $1: dnf or dnf5; $2: id of the repository; $3: keyring or empty; $4: fingerprint or empty; $5: version; $6...: packages.
command=$1 id=$2 keyring=$3 fingerprint=$4 version=$5
shift 5
set -eu
import_key "$keyring" "$fingerprint"
refuse_downgrade "$version" "$@"
# Only this one is refreshed.
"$command" -y --refresh "--repo=$id" "--setopt=$id.skip_if_unavailable=0" makecache
for package in "$@"; do
  shift
  set -- "$@" "$package-$version-*"
done
lifted "$command" "$id" install --setopt=keepcache=1 --setopt=install_weak_deps=0 --setopt=tsflags=test "$@"
