# The versions of kubeadm that the repositories of some minors offer. Needs temporary-folder.sh and dnf-functions.sh.
# $1: dnf or dnf5; $2: repository file; $3: id; $4: minor that it names; $5: base URL or empty; $6...: minors to read.
# Prints a section per minor, a version a line; or a section "error MINOR" with dnf's last words.
section() { printf '\036%s\n' "$1"; }
command=$1 file=$2 id=$3 named=$4 base=$5
shift 5
# shellcheck disable=SC2154 # $temporary is of temporary-folder.sh
for minor in "$@"; do
  if private_dnf "$temporary/$minor" "$command" "$file" "$id" "$named" "$minor" "$base" \
    repoquery --qf '%{version}-%{release}\n' kubeadm >"$temporary/versions" 2>"$temporary/log"; then
    section "offered $minor"
    cat "$temporary/versions"
  else
    section "error $minor"
    tail -n 20 "$temporary/log"
  fi
done
section end
