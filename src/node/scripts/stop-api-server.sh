# Ends this node's API server gracefully: it finishes the requests under way and closes its connections, before kubeadm
# restarts etcd under it. The kubelet starts it again. $1: seconds to wait for its end.
pid=$(pgrep -x kube-apiserver) || { echo "no API server runs here"; exit 0; }
kill -TERM "$pid"
waited=0
while [ -d "/proc/$pid" ] && [ "$waited" -lt "$1" ]; do
  sleep 1
  waited=$((waited + 1))
done
if [ -d "/proc/$pid" ]; then
  echo "the API server (process $pid) is still finishing requests after $1 s" >&2
  exit 1
fi
echo "the API server ended after $waited s"
