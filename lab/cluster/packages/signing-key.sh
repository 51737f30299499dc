#!/bin/bash
# signing-key.sh GNUPGHOME: makes the key that signs the lab's package repositories, once a machine.
set -euo pipefail

[ ! -d "$1" ] || exit 0
export GNUPGHOME
GNUPGHOME=$(dirname "$1")/.building-$(basename "$1")
rm -rf "$GNUPGHOME"
mkdir -m 0700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key 'kubeadm-upgrade lab <lab@example.invalid>' rsa2048 sign never
gpgconf --kill gpg-agent
mv "$GNUPGHOME" "$1"
