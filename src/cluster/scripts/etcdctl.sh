# etcdctl and etcdutl of the running etcd container, so that their version is the server's. Its image has no shell; the
# binaries are static, so they run from the container's root as the node sees it.
etcd_tool() {
  tool=$1
  shift
  pid=$(pgrep -x etcd | head -n 1)
  [ -n "$pid" ] || { echo "no etcd runs here" >&2; return 69; }
  binary=$(readlink "/proc/$pid/exe")
  "/proc/$pid/root${binary%/*}/$tool" "$@"
}
etcd_ctl() {
  etcd_tool etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt \
    --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key \
    --command-timeout=10s "$@"
}
