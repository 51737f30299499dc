# Marks a node unschedulable and writes down on it that we did, in one request: a node that somebody else cordoned first
# is left as theirs. Needs kubectl.sh. $1: node; $2: value of the annotation.
set -eu
node=$1 value=$2
version=$(admin get node "$node" -o 'jsonpath={.metadata.resourceVersion} {.spec.unschedulable}')
case $version in
*" true") echo "already cordoned"; exit 0 ;;
esac
admin patch node "$node" --type=merge -p \
  "{\"metadata\":{\"resourceVersion\":\"${version% }\",\"annotations\":{\"kubeadm-upgrade/cordoned\":\"$value\"}},\"spec\":{\"unschedulable\":true}}"
