# Locks packages, so that nothing but the upgrade moves them. $@: packages.
set -eu
export ZYPP_LOCK_TIMEOUT=600
zypper --non-interactive addlock "$@"
