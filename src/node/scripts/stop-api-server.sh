# Tells this node's API server to end gracefully: it refuses new requests and finishes those under way, before kubeadm
# restarts etcd under it. The kubelet starts it again. $1: seconds to give it.
pid=$(pgrep -x kube-apiserver) || { echo "no API server runs here"; exit 0; }
kill -TERM "$pid"
waited=0
while [ -d "/proc/$pid" ] && [ "$waited" -lt "$1" ]; do
  sleep 1
  waited=$((waited + 1))
done
echo "the API server had $waited s to finish its requests"
# What is left are watches, for which it would stay away for 60 s, and kubeadm would wait for it: the kubelet tells it of the
# pods that kubeadm asks for. A second signal makes it end at once: k8s.io/apiserver/pkg/server/signal.go
[ ! -d "/proc/$pid" ] || kill -TERM "$pid" || true
