# kubectl as admin against this control plane node's own API server: what a load balancer answers would come from any.
endpoint=$(sed -n "s/^ *kubeadm.kubernetes.io\/kube-apiserver.advertise-address.endpoint: *['\"]*\([^'\"]*\).*/\1/p" /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null)
admin() {
  kubectl --kubeconfig=/etc/kubernetes/admin.conf ${endpoint:+"--server=https://$endpoint"} --request-timeout=20s "$@"
}
section() { printf '\036%s\n' "$1"; }
