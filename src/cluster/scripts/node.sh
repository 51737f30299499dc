# One Node object. Needs kubectl.sh and rows.sh. $1: node.
# shellcheck disable=SC2154 # rows.sh sets node_row and static_pod_row
admin get node "$1" -o "jsonpath=$node_row"
