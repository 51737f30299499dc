# Evicts the pods of a node that is cordoned already. Needs kubectl.sh.
# $1: node; $2: seconds after which it gives up; $3...: further options of kubectl drain.
node=$1 seconds=$2
shift 2
# No request timeout: an eviction may wait for the pod's end.
kubectl --kubeconfig=/etc/kubernetes/admin.conf ${endpoint:+"--server=https://$endpoint"} \
  drain "$node" --ignore-daemonsets --timeout="${seconds}s" "$@"
