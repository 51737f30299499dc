# What upgrades left on this node; changes nothing. list-jobs.sh follows.
# Prints when the kubelet that runs was started, then a line for every folder or file: where it is (kubeadm:
# /etc/kubernetes/tmp, own: /var/lib/kubeadm-upgrade), its name there, when it was last changed, its size in KiB.
section() { printf '\036%s\n' "$1"; }

section kubelet-started
started=$(systemctl show kubelet -p ExecMainStartTimestamp --value 2>/dev/null)
[ -z "$started" ] || date -d "$started" +%s
section leftovers
leftover() { # $1: where; $2: path there; $3: path
  [ -e "$3" ] || return 0
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$(stat -c %Y "$3")" "$(du -sk "$3" 2>/dev/null | cut -f1)"
}
for path in /etc/kubernetes/tmp/kubeadm-*; do
  leftover kubeadm "${path##*/}" "$path"
done
for folder in jobs snapshots replaced; do
  for path in /var/lib/kubeadm-upgrade/"$folder"/*; do
    leftover own "$folder/${path##*/}" "$path"
  done
done
# Temporary folders of runs that were killed: mktemp's names.
for path in /var/lib/kubeadm-upgrade/*.??????; do
  leftover own "${path##*/}" "$path"
done
section jobs
