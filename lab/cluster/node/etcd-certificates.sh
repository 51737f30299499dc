#!/bin/bash
# etcd-certificates.sh FOLDER ADDRESS...: an authority of etcd's own, a certificate for its members (one for all of them, as
# server and as peer), and one for clients. kubeadm knows nothing of the authority's key.
set -euo pipefail

folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
chmod 0700 "$folder"
cd "$folder"
names=$(printf ',IP:%s' "$@")

key() { openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }

key ca
openssl req -x509 -new -key ca.key -out ca.crt -days 3650 -subj /CN=etcd-of-its-own
# issue NAME USAGE SUBJECT EXTENSIONS
issue() {
  key "$1"
  openssl req -new -key "$1.key" -subj "/CN=$1" -addext "extendedKeyUsage=$2" ${3:+-addext "$3"} |
    openssl x509 -req -CA ca.crt -CAkey ca.key -days 3650 -copy_extensions copyall -out "$1.crt" 2>/dev/null
}
issue member serverAuth,clientAuth "subjectAltName=IP:127.0.0.1$names"
issue client clientAuth
