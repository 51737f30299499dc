# What is read of Nodes and of static pods, one line each. Only the fields that are used: whole Node objects of a large
# cluster are hundreds of megabytes. Complex values are JSON.
# shellcheck disable=SC2034 # the scripts after this one use them
node_row='{.metadata.name}{"\t"}{.metadata.uid}{"\t"}{.spec.unschedulable}{"\t"}{.metadata.labels}{"\t"}{.metadata.annotations}{"\t"}{.spec.taints}{"\t"}{.status.conditions}{"\t"}{.status.nodeInfo}{"\t"}{.status.addresses}{"\t"}{.status.allocatable}{"\n"}'
static_pod_row='{.spec.nodeName}{"\t"}{.metadata.labels.component}{"\t"}{.spec.containers[0].image}{"\t"}{.status.conditions}{"\t"}{.status.containerStatuses}{"\n"}'
