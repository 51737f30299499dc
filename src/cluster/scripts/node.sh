# One Node object, in the fields of snapshot.sh. Needs kubectl.sh. $1: node.
admin get node "$1" -o 'jsonpath={.metadata.name}{"\t"}{.metadata.uid}{"\t"}{.spec.unschedulable}{"\t"}{.metadata.labels}{"\t"}{.metadata.annotations}{"\t"}{.spec.taints}{"\t"}{.status.conditions}{"\t"}{.status.nodeInfo}{"\t"}{.status.addresses}{"\t"}{.status.allocatable}{"\n"}'
