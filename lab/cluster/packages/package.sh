# shellcheck shell=bash
# Sourced: making deb packages in a folder that appears when all are done.

begin() {
  OUT=$1
  WORK=$(dirname "$OUT")/.building-$(basename "$OUT")
  rm -rf "$WORK"
  mkdir -p "$WORK/debs"
}

# stage NAME: an empty ROOT for the package's files.
stage() {
  ROOT=$WORK/$1
  mkdir -p "$ROOT/DEBIAN"
  chmod 0755 "$ROOT"
}

# build NAME VERSION DEPENDS DESCRIPTION
build() {
  {
    echo "Package: $1"
    echo "Version: $2"
    echo 'Architecture: amd64'
    echo 'Maintainer: The lab of kubeadm-upgrade <lab@example.invalid>'
    echo "Installed-Size: $(du -sk "$ROOT" | cut -f1)"
    [ -z "$3" ] || echo "Depends: $3"
    echo 'Section: admin'
    echo 'Priority: optional'
    echo 'Homepage: https://kubernetes.io'
    echo "Description: $4"
  } >"$ROOT/DEBIAN/control"
  # The highest compression takes minutes and saves little; this is near the real packages' size.
  dpkg-deb -Zxz -z3 --root-owner-group --build "$ROOT" "$WORK/debs/$1_$2_amd64.deb"
}

finish() {
  rm -rf "$OUT"
  mv "$WORK/debs" "$OUT"
  rm -rf "$WORK"
}
