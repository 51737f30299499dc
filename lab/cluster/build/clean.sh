#!/bin/bash
# clean.sh: removes Go's build cache of the lab, several GB a Kubernetes version, unless somebody is building right now.
set -euo pipefail

exec 9>"${LAB_CACHE:?}/build.lock"
flock --nonblock 9 || exit 0
rm -rf "$LAB_CACHE/go-build"
