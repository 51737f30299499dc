# Writes another image repository into the ClusterConfiguration of the ConfigMap kubeadm-config; the rest of its text stays as
# it is. Needs kubectl.sh. $1: the repository.
set -eu
line="imageRepository: $1"
seen=$(admin get configmap kubeadm-config -n kube-system -o 'jsonpath={.metadata.resourceVersion}{"\n"}{.data.ClusterConfiguration}')
version=$(printf '%s\n' "$seen" | head -n 1)
configuration=$(printf '%s\n' "$seen" | tail -n +2)
if printf '%s\n' "$configuration" | grep -q '^imageRepository:'; then
  changed=$(printf '%s\n' "$configuration" | sed "s|^imageRepository:.*|$line|")
else
  changed=$(printf '%s\n%s\n' "$configuration" "$line")
fi
# As a JSON string.
text=$(printf '%s\n' "$changed" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/$/\\n/' | tr -d '\n')
# With the version: what somebody writes between the two requests is not lost, it makes the second one fail.
admin patch configmap kubeadm-config -n kube-system --type=merge -p \
  "{\"metadata\":{\"resourceVersion\":\"$version\"},\"data\":{\"ClusterConfiguration\":\"$text\"}}"
