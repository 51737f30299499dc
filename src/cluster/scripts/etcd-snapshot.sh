# A verified snapshot of etcd, outside its data directory, readable by root only. Needs etcdctl.sh.
# $1: name of the snapshot; $2: how many to keep.
set -eu
umask 077
folder=/var/lib/kubeadm-upgrade/snapshots
mkdir -p "$folder"
file=$folder/$1.db
etcd_ctl snapshot save "$file.part"
etcd_tool etcdutl snapshot status "$file.part" -w json >"$file.json"
sync "$file.part"
mv "$file.part" "$file"
printf '\036status\n'
cat "$file.json"
printf '\036size\n'
stat -c %s "$file"
# The oldest beyond what is kept go, and never the new one.
find "$folder" -name '*.db' | sort -r | tail -n "+$(($2 + 1))" | while read -r old; do
  [ "$old" = "$file" ] || rm -f "$old" "$old.json" "${old%.db}.json"
done
