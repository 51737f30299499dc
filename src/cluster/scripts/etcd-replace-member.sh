# Takes a member out of the cluster and adds it anew as a learner; prints the cluster as the new member has to be told.
# Needs etcdctl.sh. $1: name; $2: its peer URL.
set -eu
section() { printf '\036%s\n' "$1"; }
etcd_ctl member list | awk -F', ' -v name="$1" -v url="$2" '$3 == name || $4 == url { print $1 }' | while read -r id; do
  etcd_ctl member remove "$id"
done
etcd_ctl member add "$1" --learner --peer-urls="$2"
section initial-cluster
# A member that never started has no name yet.
etcd_ctl member list | awk -F', ' -v name="$1" '{ print ($3 == "" ? name : $3) "=" $4 }' | paste -sd, -
section end
