# The endpoints of services. Needs kubectl.sh. $@: NAMESPACE/NAME of each.
for service in "$@"; do
  section "$service"
  admin get endpointslices -n "${service%%/*}" -l "kubernetes.io/service-name=${service#*/}" -o 'jsonpath={range .items[*]}{.endpoints}{"\n"}{end}' || exit 1
done
section end
