#!/bin/sh
# facts.sh FOLDER PARALLEL: one ssh process a node, as a shell loop with xargs has them; the script on stdin, host keys checked.
# FOLDER holds addresses ("ADDRESS PORT" a line), id_ed25519, known_hosts and facts.sh; answers are written there.
set -eu
# shellcheck disable=SC2016 # expanded by the inner shell
xargs -P "$2" -n 2 sh -c '
  ssh -F /dev/null -i "$0/id_ed25519" -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$0/known_hosts" \
    -p "$2" "root@$1" /bin/sh -s <"$0/facts.sh" >"$0/answer-$1"
' "$1" <"$1/addresses"
