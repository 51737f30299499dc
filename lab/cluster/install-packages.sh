#!/bin/bash
# install-packages.sh PACKAGE...: installs Debian packages without starting the services that come with them: the lab runs
# its own, elsewhere.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  # invoke-rc.d asks this file; 101 is "not allowed".
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"
for service in docker-registry haproxy; do
  # On the next boot of this machine they should not start either.
  ! command -v systemctl >/dev/null || systemctl --quiet disable "$service" 2>/dev/null || true
done
