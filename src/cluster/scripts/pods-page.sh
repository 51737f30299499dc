# One page of the cluster's pods that have not ended, cut down to the fields that are used. Needs kubectl.sh.
# $1: how many pods; $2: where the page before ended, or nothing.
# kubectl get would hold all pods of the cluster in memory, in full: a page is read raw, and taken apart without the API server.
page=$(admin get --raw "/api/v1/pods?limit=$1&continue=$2&fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed") || exit 1
section continue
printf '%s' "$page" | head -c 1000 | sed -n 's/^{[^[]*"continue":"\([^"]*\)".*/\1/p'
section pods
case $page in
  *'"items":[]'* | *'"items":null'*) ;;
  *)
    printf '%s' "$page" | kubectl annotate --local --overwrite -f - kubeadm-upgrade/read=x -o 'jsonpath={.metadata.namespace}{"\t"}{.metadata.name}{"\t"}{.spec.nodeName}{"\t"}{.metadata.deletionTimestamp}{"\t"}{.metadata.annotations.kubernetes\.io/config\.mirror}{"\t"}{.metadata.labels}{"\t"}{.metadata.ownerReferences[0].kind}{"\t"}{.metadata.ownerReferences[0].name}{"\t"}{.spec.containers[*].resources.requests}{"\t"}{.spec.initContainers[*].resources.requests}{"\t"}{.spec.volumes[*].emptyDir}{"\t"}{.spec.volumes[*].persistentVolumeClaim.claimName}{"\t"}{.spec.terminationGracePeriodSeconds}{"\t"}{.spec.containers[*].image}{"\t"}{.spec.nodeSelector}{"\t"}{.spec.affinity}{"\t"}{.spec.tolerations}{"\n"}' || exit 1
    ;;
esac
section end
