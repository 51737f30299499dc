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
# What the manifest of this node's member sets an option to; nothing without one. $1: option.
etcd_option() {
  sed -n "s/^ *- [\"']*--$1=\([^\"' ]*\).*/\1/p" /etc/kubernetes/manifests/etcd.yaml 2>/dev/null || :
}
# Where this node's member listens: with an IPv6 address kubeadm has it do so at [::1], and not at 127.0.0.1.
etcd_endpoint() {
  urls=$(etcd_option listen-client-urls)
  case $urls in
  '' | *//127.0.0.1:* | *//0.0.0.0:*) echo https://127.0.0.1:2379 ;;
  *) echo "${urls%%,*}" ;;
  esac
}
# Where its certificates are: etcd below the certificatesDir of kubeadm's configuration.
etcd_pki() {
  ca=$(etcd_option trusted-ca-file)
  ca=${ca:-/etc/kubernetes/pki/etcd/ca.crt}
  echo "${ca%/*}"
}
etcd_ctl() {
  pki=$(etcd_pki)
  etcd_tool etcdctl --endpoints="$(etcd_endpoint)" --cacert="$pki/ca.crt" \
    --cert="$pki/healthcheck-client.crt" --key="$pki/healthcheck-client.key" \
    --command-timeout=10s "$@"
}
