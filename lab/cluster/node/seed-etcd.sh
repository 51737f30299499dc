#!/bin/bash
# seed-etcd.sh member CERTIFICATES SEED BIN NAME ADDRESS MEMBERS: etcd as a service of a machine of its own.
# seed-etcd.sh client CERTIFICATES SEED: the certificate with which API servers reach it, where kubeadm's page on highly
# available clusters puts it.
set -euo pipefail

use=$1 certificates=$2 seed=$3
if [ "$use" = client ]; then
  install -D -m 0644 "$certificates/ca.crt" "$seed/etc/kubernetes/pki/etcd/ca.crt"
  install -m 0644 "$certificates/client.crt" "$seed/etc/kubernetes/pki/apiserver-etcd-client.crt"
  install -m 0600 "$certificates/client.key" "$seed/etc/kubernetes/pki/apiserver-etcd-client.key"
  exit
fi

bin=$4 name=$5 address=$6 members=$7
units=$seed/etc/systemd/system
mkdir -p "$units/multi-user.target.wants" "$seed/etc/etcd"
install -D -t "$seed/usr/local/bin" "$bin/etcd" "$bin/etcdctl"
install -m 0600 "$certificates"/{ca.crt,member.crt,member.key,client.crt,client.key} "$seed/etc/etcd/"
cat >"$units/etcd.service" <<END
[Unit]
Description=etcd
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
Restart=always
RestartSec=2
# The last members to stop wait for others to lead.
TimeoutStopSec=10
ExecStart=/usr/local/bin/etcd --name=$name --data-dir=/var/lib/etcd \\
  --listen-client-urls=https://127.0.0.1:2379,https://$address:2379 --advertise-client-urls=https://$address:2379 \\
  --listen-peer-urls=https://$address:2380 --initial-advertise-peer-urls=https://$address:2380 \\
  --initial-cluster=$members \\
  --client-cert-auth --trusted-ca-file=/etc/etcd/ca.crt --cert-file=/etc/etcd/member.crt --key-file=/etc/etcd/member.key \\
  --peer-client-cert-auth --peer-trusted-ca-file=/etc/etcd/ca.crt --peer-cert-file=/etc/etcd/member.crt --peer-key-file=/etc/etcd/member.key
END
ln -s ../etcd.service "$units/multi-user.target.wants/etcd.service"
