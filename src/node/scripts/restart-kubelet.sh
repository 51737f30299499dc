# Starts the kubelet that is installed now. $1: "stop-api-server" where another API server takes over: a new kubelet restarts
# etcd and the API server at the same moment, within ten seconds. Told to end before, it finishes what it was asked.
set -eu
systemctl daemon-reload
if [ "${1:-}" = stop-api-server ] && pid=$(pgrep -x kube-apiserver); then kill -TERM "$pid" || true; fi
systemctl restart kubelet
systemctl is-active kubelet
