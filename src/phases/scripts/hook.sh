# A command of the policy. $1: the command; $2: the node that it is about.
KUBEADM_UPGRADE_NODE=$2 exec /bin/sh -c "$1"
