# What may stand in the way of an upgrade, beside nodes and pods. Needs kubectl.sh. $1: "images" to ask which images the nodes have.
# Ends with exit code 1 at the first answer that is not complete: another API server is asked then.
ask() {
  name=$1
  shift
  section "$name"
  admin get "$@" || exit 1
}

ask budgets poddisruptionbudgets -A -o 'jsonpath={range .items[*]}{.metadata.namespace}{"\t"}{.metadata.name}{"\t"}{.spec.selector}{"\t"}{.status.disruptionsAllowed}{"\t"}{.status.currentHealthy}{"\t"}{.status.desiredHealthy}{"\t"}{.status.expectedPods}{"\n"}{end}'
ask volumes persistentvolumes -o 'jsonpath={range .items[*]}{.spec.claimRef.namespace}{"\t"}{.spec.claimRef.name}{"\t"}{.spec.local.path}{.spec.hostPath.path}{"\n"}{end}'
ask namespaces namespaces -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.metadata.labels}{"\n"}{end}'
ask daemon-sets daemonsets -A -o 'jsonpath={range .items[*]}{.metadata.namespace}{"\t"}{.metadata.name}{"\t"}{.spec.template.spec.containers[*].image}{"\n"}{end}'
ask api-services apiservices -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.spec.service.namespace}{"\t"}{.spec.service.name}{"\t"}{.status.conditions}{"\n"}{end}'
ask validating-webhooks validatingwebhookconfigurations -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.webhooks}{"\n"}{end}'
ask mutating-webhooks mutatingwebhookconfigurations -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.webhooks}{"\n"}{end}'
if [ "$1" = images ]; then
  ask images nodes -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.status.images[*].names}{"\n"}{end}'
fi
section end
