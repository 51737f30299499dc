# Asks the API server whether it would let pods be evicted, without evicting any. Needs kubectl.sh. $@: NAMESPACE/NAME of each.
# kubectl drain --dry-run=server would wait for a disruption budget for ever; the eviction subresource answers at once.
for pod in "$@"; do
  section "$pod"
  eviction=$(printf '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"namespace":"%s","name":"%s"},"deleteOptions":{"dryRun":["All"]}}' "${pod%%/*}" "${pod#*/}")
  { printf '%s' "$eviction" | admin create --raw "/api/v1/namespaces/${pod%%/*}/pods/${pod#*/}/eviction?dryRun=All" -f - >/dev/null; } 2>&1 && echo granted
done
section end
