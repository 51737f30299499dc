# shellcheck shell=bash
# Sourced by the build scripts: one Go environment for all of them, and a result that is either complete or absent.
#
# The caller's GOFLAGS are replaced, not extended: -mod=vendor or -trimpath from a developer's shell would change or break
# what is built here. GOCACHE is the lab's own, so that it can be deleted afterwards (several GB a Kubernetes version).
set -euo pipefail

export GOFLAGS='-mod=mod -buildvcs=false' GOWORK=off CGO_ENABLED=0
export GOCACHE=${LAB_CACHE:?}/go-build
# A compiler process is short and small: it need not collect its garbage that often.
export GOGC=400

# Two Kubernetes builds at once need more memory and are no faster: whoever comes second waits.
exec 9>"$LAB_CACHE/build.lock"
flock 9

# begin OUT: makes an empty work folder next to OUT and enters it.
begin() {
  OUT=$1
  WORK=$(dirname "$OUT")/.building-$(basename "$OUT")
  rm -rf "$WORK"
  mkdir -p "$WORK/bin"
  cd "$WORK"
}

# finish: OUT appears with everything in it, or not at all.
finish() {
  rm -rf "$OUT"
  mv "$WORK/bin" "$OUT"
  rm -rf "$WORK"
}

# import_commands PACKAGE...: a file that keeps the commands' modules in go.mod.
import_commands() {
  {
    printf '//go:build tools\n\npackage lab\n\nimport (\n'
    printf '\t_ "%s"\n' "$@"
    printf ')\n'
  } >tools.go
}
