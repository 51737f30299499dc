# Who writes objects through an API version, as their managedFields say. Needs kubectl.sh. $@: GROUP/VERSION/RESOURCE of each.
for api in "$@"; do
  group=${api%%/*} rest=${api#*/}
  version=${rest%%/*} resource=${rest#*/}
  section "$api"
  # The objects are read as they are; which version wrote them is in them. Twenty are enough to find the others.
  admin get "$resource.$version.$group" -A --show-managed-fields --chunk-size=500 -o 'jsonpath={range .items[*]}{.metadata.namespace}{"/"}{.metadata.name}{range .metadata.managedFields[*]}{"\t"}{.apiVersion}{" "}{.manager}{end}{"\n"}{end}' |
    grep -F "	$group/$version " | head -n 20
done
section end
