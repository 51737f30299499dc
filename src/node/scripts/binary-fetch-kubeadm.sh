# Downloads the kubeadm of an exact version; installs nothing. What is staged already is not fetched again.
# Needs binary-functions.sh. $1: folder for it; $2: base URL; $3: keyring or empty; $4: version with the v; $5: architecture.
# Leaves the path in $kubeadm.
fetch_kubeadm() {
  # shellcheck disable=SC2034,SC2154 # of binary-functions.sh; for the script that calls it
  kubeadm=$programs/$4/kubeadm
  [ -x "$kubeadm" ] && return
  fetch_program "$1" "$2" "$3" "$4" "$5" kubeadm >&2 || return
  kubeadm=$1/kubeadm
}
