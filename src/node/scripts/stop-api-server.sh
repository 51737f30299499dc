# Tells this node's API server to end gracefully: it refuses new requests and finishes those under way, before kubeadm
# restarts etcd under it. The kubelet starts it again. $1: seconds to give it; it may take longer, since watches count.
pid=$(pgrep -x kube-apiserver) || { echo "no API server runs here"; exit 0; }
kill -TERM "$pid"
waited=0
while [ -d "/proc/$pid" ] && [ "$waited" -lt "$1" ]; do
  sleep 1
  waited=$((waited + 1))
done
echo "the API server had $waited s to finish its requests"
