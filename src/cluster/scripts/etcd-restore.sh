# Makes the data of a new etcd cluster of one member from a snapshot; the data that were there are kept. Nothing runs on
# them now. Needs etcdutl.sh. $1: name of the folder that keeps what is replaced; $2: member, snapshot or kubeadm-copy;
# $3: its name; $4: version of etcdutl; $5: name of the member; $6: its peer URL.
# shellcheck disable=SC2154 # data: etcd_data_dir sets it
set -eu
umask 077
replaced=/var/lib/kubeadm-upgrade/replaced/$1
etcd_data_dir
unverified=--skip-hash-check
case $2 in
member) source=$data/member/snap/db ;;
snapshot) source=/var/lib/kubeadm-upgrade/snapshots/$3 unverified= ;;
kubeadm-copy) source=/etc/kubernetes/tmp/$3/${data##*/}/member/snap/db ;;
*) exit 64 ;;
esac
tool=$(find_etcdutl "$4")
"$tool" snapshot status "$source" -w json
rm -rf "$data/restored"
mkdir -p "$data"
# Revisions far above any that a watcher has seen, and all before them compacted: nobody takes the past for news.
# https://etcd.io/docs/latest/op-guide/recovery/#restoring-with-revision-bump
"$tool" snapshot restore "$source" --data-dir "$data/restored" --name "$5" --initial-cluster "$5=$6" \
  --initial-advertise-peer-urls "$6" --initial-cluster-token "recovered-$1" \
  --bump-revision 1000000000 --mark-compacted ${unverified:+"$unverified"}
if [ -e "$data/member" ]; then
  mkdir -p "$replaced/etcd"
  mv "$data/member" "$replaced/etcd/"
  echo "the data before are in $replaced/etcd"
fi
mv "$data/restored/member" "$data/member"
rmdir "$data/restored"
echo "restored $data from $2 $3"
