# A root-only folder, $temporary, that is gone when the script ends, whatever ends it. Goes before a script that needs one;
# that may define `leave`, which is called before the folder is removed.
kept=/var/lib/kubeadm-upgrade
[ -d "$kept" ] || created=1
mkdir -p "$kept"
# What a script left that was killed without a word; its name has the process that made it.
for leftover in "$kept"/temporary.*; do
  owner=${leftover##*/temporary.}
  if [ -d "$leftover" ] && ! kill -0 "${owner%%.*}" 2>/dev/null; then rm -rf "$leftover"; fi
done
temporary=$(mktemp -d "$kept/temporary.$$.XXXXXX") || exit 1
leave() { :; }
trap 'leave; rm -rf "$temporary"; [ -z "${created:-}" ] || rmdir "$kept" 2>/dev/null' EXIT
# PIPE: the connection is gone and there is nobody to print for.
trap 'exit 130' INT TERM HUP PIPE
