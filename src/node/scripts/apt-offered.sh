# The versions of kubeadm that the repositories of some minors offer. Needs temporary-folder.sh and apt-private.sh.
# $1: repository file; $2: minor that it names now; $3: base URL or empty; $4...: minors to read.
# Prints a section per minor: what `apt-cache madison` prints; or a section "error MINOR" with apt's last words.
# shellcheck disable=SC2154 # temporary-folder.sh sets it
section() { printf '\036%s\n' "$1"; }
file=$1 current=$2 base=$3
shift 3
for minor in "$@"; do
  if private_apt "$temporary/$minor" "$file" "$current" "$minor" "$base" apt-get update -q >"$temporary/log" 2>&1; then
    section "offered $minor"
    private_apt "$temporary/$minor" "$file" "$current" "$minor" "$base" apt-cache madison kubeadm
  else
    section "error $minor"
    tail -n 20 "$temporary/log"
  fi
done
section end
