# Downloads packages into zypper's cache, which checks their signatures, and installs nothing.
# $1: alias of the repository; $2: keyring or empty; $3: fingerprint or empty; $4: version; $5...: packages.
id=$1 keyring=$2 fingerprint=$3 version=$4
shift 4
set -eu
import_key "$keyring" "$fingerprint"
refuse_downgrade "$version" "$@"
# Only this one is refreshed: a broken repository of somebody else must not stop the upgrade. A key that rpm does not know is
# refused here: whoever installed the node has trusted it.
zypper --non-interactive refresh "$id"
for package in "$@"; do
  shift
  set -- "$@" "$package=$version"
done
unlocked_zypper install --no-recommends --download-only "$@"
