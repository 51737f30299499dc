# The lock of the cluster; nothing when there is none yet. Needs kubectl.sh.
admin get lease kubeadm-upgrade -n kube-system --ignore-not-found -o json
