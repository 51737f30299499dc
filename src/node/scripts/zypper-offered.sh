# The versions of kubeadm that the repositories of some minors offer. Needs temporary-folder.sh and zypper-functions.sh.
# $1: repository file; $2: minor that it names; $3: base URL or empty; $4...: minors to read.
# Prints a section per minor: what zypper's search prints as XML; or a section "error MINOR" with zypper's last words.
section() { printf '\036%s\n' "$1"; }
file=$1 named=$2 base=$3
shift 3
# shellcheck disable=SC2154 # $temporary is of temporary-folder.sh
for minor in "$@"; do
  if private_zypper "$temporary/$minor" "$file" "$named" "$minor" "$base" refresh >"$temporary/log" 2>&1; then
    section "offered $minor"
    private_zypper "$temporary/$minor" "$file" "$named" "$minor" "$base" --xmlout search -s -t package --match-exact kubeadm
  else
    section "error $minor"
    tail -n 20 "$temporary/log"
  fi
done
section end
