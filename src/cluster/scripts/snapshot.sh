# What the cluster looks like, asked of this control plane node's API server; changes nothing. Needs kubectl.sh.
# Ends with exit code 1 at the first answer that is not complete (section "failed NAME"): another API server is asked then.
ask() {
  name=$1
  shift
  section "$name"
  admin get "$@" || { section "failed $name"; exit 1; }
}

ask cluster-uid namespace kube-system -o 'jsonpath={.metadata.uid}'
# Only the fields that are used: whole Node objects of a large cluster are hundreds of megabytes. Complex values are JSON.
ask nodes nodes -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.metadata.uid}{"\t"}{.spec.unschedulable}{"\t"}{.metadata.labels}{"\t"}{.metadata.annotations}{"\t"}{.spec.taints}{"\t"}{.status.conditions}{"\t"}{.status.nodeInfo}{"\t"}{.status.addresses}{"\t"}{.status.allocatable}{"\n"}{end}'
ask static-pods pods -n kube-system -l tier=control-plane -o 'jsonpath={range .items[*]}{.spec.nodeName}{"\t"}{.metadata.labels.component}{"\t"}{.spec.containers[0].image}{"\t"}{.status.conditions}{"\t"}{.status.containerStatuses}{"\n"}{end}'
ask kubeadm-config configmap kubeadm-config -n kube-system -o 'jsonpath={.data.ClusterConfiguration}'
ask kubelet-config configmap kubelet-config -n kube-system -o 'jsonpath={.data.kubelet}'
ask kube-proxy-config configmap kube-proxy -n kube-system --ignore-not-found -o 'jsonpath={.data.config\.conf}'
ask kube-proxy daemonset kube-proxy -n kube-system --ignore-not-found -o 'jsonpath={.spec.template.spec.containers[0].image}{"\t"}{.status}'
ask coredns deployment coredns -n kube-system --ignore-not-found -o 'jsonpath={.spec.template.spec.containers[0].image}{"\t"}{.status}'
section end
