# Makes a learner a voting member as soon as it has caught up. Needs etcdctl.sh. $1: its peer URL; $2: seconds to try.
set -u
until=$(($(date +%s) + $2))
while :; do
  id=$(etcd_ctl member list | awk -F', ' -v url="$1" '$4 == url && $6 == "true" { print $1 }')
  if [ -z "$id" ]; then
    etcd_ctl member list | awk -F', ' -v url="$1" '$4 == url && $2 == "started" { found = 1 } END { exit !found }' && echo "it votes" && exit 0
  elif etcd_ctl member promote "$id"; then
    exit 0
  fi
  [ "$(date +%s)" -lt "$until" ] || exit 1
  sleep 2
done
