# Starts the kubelet that is installed now.
set -eu
systemctl daemon-reload
systemctl restart kubelet
systemctl is-active kubelet
