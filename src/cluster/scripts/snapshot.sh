# What the cluster looks like, asked of this control plane node's API server; changes nothing. Needs kubectl.sh and rows.sh.
# Ends with exit code 1 at the first answer that is not complete (section "failed NAME"): another API server is asked then.
# shellcheck disable=SC2154 # rows.sh sets node_row and static_pod_row
ask() {
  name=$1
  shift
  section "$name"
  admin get "$@" || { section "failed $name"; exit 1; }
}

ask cluster-uid namespace kube-system -o 'jsonpath={.metadata.uid}'
ask nodes nodes -o "jsonpath={range .items[*]}$node_row{end}"
ask static-pods pods -n kube-system -l tier=control-plane -o "jsonpath={range .items[*]}$static_pod_row{end}"
ask kubeadm-config configmap kubeadm-config -n kube-system -o 'jsonpath={.data.ClusterConfiguration}'
ask kubelet-config configmap kubelet-config -n kube-system -o 'jsonpath={.data.kubelet}'
ask kube-proxy-config configmap kube-proxy -n kube-system --ignore-not-found -o 'jsonpath={.data.config\.conf}'
ask kube-proxy daemonset kube-proxy -n kube-system --ignore-not-found -o 'jsonpath={.spec.template.spec.containers[0].image}{"\t"}{.status}'
ask coredns deployment coredns -n kube-system --ignore-not-found -o 'jsonpath={.spec.template.spec.containers[0].image}{"\t"}{.status}'
section end
