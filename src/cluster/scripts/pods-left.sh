# What is still on a node, and the disruption budgets that may be why. Needs kubectl.sh. $1: node.
section pods
admin get pods -A --field-selector "spec.nodeName=$1" -o 'jsonpath={range .items[*]}{.metadata.namespace}{"\t"}{.metadata.name}{"\t"}{.metadata.labels}{"\t"}{.metadata.ownerReferences}{"\t"}{.metadata.annotations.kubernetes\.io/config\.mirror}{"\t"}{.status.phase}{"\n"}{end}'
section budgets
admin get poddisruptionbudgets -A -o 'jsonpath={range .items[*]}{.metadata.namespace}{"\t"}{.metadata.name}{"\t"}{.status.disruptionsAllowed}{"\t"}{.spec.selector}{"\t"}{.status.currentHealthy}{"\t"}{.status.expectedPods}{"\n"}{end}'
section end
