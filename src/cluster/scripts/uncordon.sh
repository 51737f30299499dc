# Makes a node schedulable again and removes our mark, in one request. Needs kubectl.sh. $1: node.
admin patch node "$1" --type=merge -p '{"metadata":{"annotations":{"kubeadm-upgrade/cordoned":null}},"spec":{"unschedulable":null}}'
