# A verified snapshot of etcd, outside its data directory, readable by root only. Needs etcdctl.sh and etcdutl.sh.
# $1: name of the snapshot; $2: seconds that it may take.
set -eu
umask 077
folder=/var/lib/kubeadm-upgrade/snapshots
mkdir -p "$folder"
file=$folder/$1.db
# Images of etcd before 3.6.6 have no etcdutl. The one of the next version is on the node by now, and reads the file as
# well; up to 3.5 etcdctl has the command, too.
status() {
  etcd_tool etcdutl snapshot status "$1" -w json 2>/dev/null && return
  tool=$(find_etcdutl 2>/dev/null) && "$tool" snapshot status "$1" -w json && return
  etcd_tool etcdctl snapshot status "$1" -w json
}
etcd_ctl snapshot save "$file.part" --command-timeout="$2s"
status "$file.part" >"$file.json"
sync "$file.part"
mv "$file.part" "$file"
printf '\036status\n'
cat "$file.json"
printf '\036size\n'
stat -c %s "$file"
