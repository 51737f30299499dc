# What there is to recover a control plane node from; changes nothing. Needs kubectl.sh, etcdctl.sh and etcdutl.sh;
# control-plane-health.sh follows.
for file in /etc/kubernetes/manifests/*.yaml; do
  [ -f "$file" ] || continue
  section "manifest ${file##*/}"
  cat "$file"
done

section folders
for folder in /etc/kubernetes/tmp/kubeadm-* /var/lib/kubeadm-upgrade/replaced/*; do
  [ -d "$folder" ] || continue
  # kubeadm copies the data directory into the folder, under its own name.
  bytes=$(stat -c %s "$folder"/*/member/snap/db 2>/dev/null)
  printf '%s\t%s\t%s\t%s\n' "${folder##*/}" "$(stat -c %Y "$folder")" "$(du -sk "$folder" | cut -f1)" "${bytes:--}"
done
for file in /etc/kubernetes/tmp/kubeadm-*-manifests*/*.yaml /var/lib/kubeadm-upgrade/replaced/*/*.yaml; do
  [ -f "$file" ] || continue
  folder=${file%/*}
  section "copy ${folder##*/}/${file##*/}"
  cat "$file"
done

section snapshots
for file in /var/lib/kubeadm-upgrade/snapshots/*.db; do
  [ -f "$file" ] || continue
  printf '%s\t%s\t%s\n' "${file##*/}" "$(stat -c %Y "$file")" "$(stat -c %s "$file")"
done
for file in /var/lib/kubeadm-upgrade/snapshots/*.db.json; do
  [ -f "${file%.json}" ] || continue
  name=${file##*/}
  section "snapshot ${name%.json}"
  cat "$file"
done

section running
for name in etcd kube-apiserver kube-controller kube-scheduler; do
  pgrep -x "$name" >/dev/null && echo "$name"
done
pgrep -f '^[^ ]*kubeadm (upgrade|init|join|reset)' >/dev/null && echo kubeadm

etcd_data_dir
section etcd-data
# shellcheck disable=SC2154 # etcd_data_dir sets it
printf '%s\t%s\t%s\n' "$(stat -c %s "$data/member/snap/db" 2>/dev/null || echo -)" \
  "$(find "$data/member/wal" -name '*.wal' 2>/dev/null | wc -l)" "$(du -sk "$data" 2>/dev/null | cut -f1)"
# While a member runs, it has its database locked, and answers for itself.
if ! pgrep -x etcd >/dev/null && tool=$(find_etcdutl); then
  if [ -f "$data/member/snap/db" ]; then
    code=0
    answer=$(timeout 60 "$tool" snapshot status "$data/member/snap/db" -w json 2>&1) || code=$?
    # A large database that takes longer is not a damaged one.
    if [ "$code" -ne 124 ]; then
      section etcd-database
      echo "$answer"
      [ "$code" -eq 0 ] || section "failed etcd-database"
    fi
  fi
  for file in /etc/kubernetes/tmp/kubeadm-backup-etcd-*/*/member/snap/db; do
    [ -f "$file" ] || continue
    folder=${file%/*/member/snap/db}
    section "copy-database ${folder##*/}"
    timeout 60 "$tool" snapshot status "$file" -w json 2>/dev/null
  done
fi

# kubeadm's own word on which etcd belongs to which Kubernetes version.
section etcd-versions
{
  kubelet --version 2>/dev/null | sed 's/^Kubernetes //'
  find /etc/kubernetes/manifests /etc/kubernetes/tmp -name 'kube-*.yaml' -exec sed -n 's/^ *image: .*:\(v[0-9].*\)$/\1/p' {} + 2>/dev/null
} | sort -u | while read -r version; do
  printf '%s\t%s\n' "$version" "$(kubeadm config images list --kubernetes-version "$version" 2>/dev/null | grep '/etcd:')"
done

# kubeadm's own objects, asked of etcd: an API server goes on with what it remembers. A member that came up without its
# data has none of them.
section kubeadm-objects
prefix=$(sed -n 's/^ *- --etcd-prefix=//p' /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null)
etcd_ctl get "${prefix:-/registry}/configmaps/kube-system/kube" --prefix --keys-only || section "failed kubeadm-objects"
