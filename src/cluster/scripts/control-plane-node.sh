# A control plane node and its static pods. Needs kubectl.sh and rows.sh. $1: node.
# shellcheck disable=SC2154 # rows.sh sets node_row and static_pod_row
section node
admin get node "$1" --ignore-not-found -o "jsonpath=$node_row" || exit 1
section static-pods
admin get pods -n kube-system -l tier=control-plane --field-selector "spec.nodeName=$1" -o "jsonpath={range .items[*]}$static_pod_row{end}" || exit 1
