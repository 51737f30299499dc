# Who writes objects through an API version: by their managedFields, and by what kubectl apply notes. Needs kubectl.sh.
# $@: GROUP/VERSION/RESOURCE of each.
tab=$(printf '\t')
for api in "$@"; do
  group=${api%%/*} rest=${api#*/}
  version=${rest%%/*} resource=${rest#*/}
  section "$api"
  # Read through the version that the cluster prefers, so that this is no request for a deprecated one.
  # Twenty objects are enough to find the others. What kubectl apply notes may hold secrets: it stays on the node.
  {
    admin get "$resource.$group" -A --show-managed-fields --chunk-size=500 -o 'jsonpath={range .items[*]}{.metadata.namespace}{"/"}{.metadata.name}{range .metadata.managedFields[*]}{"\t"}{.apiVersion}{" "}{.manager}{end}{"\n"}{end}' |
      grep -F "$tab$group/$version "
    admin get "$resource.$group" -A --chunk-size=500 -o 'jsonpath={range .items[*]}{.metadata.namespace}{"/"}{.metadata.name}{"\t"}{.metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration}{"\n"}{end}' |
      grep -F "\"apiVersion\":\"$group/$version\"" | sed "s|$tab.*|$tab$group/$version kubectl apply|"
  } | head -n 20
done
section end
