# Health of this control plane node: its API server and its etcd member, asked on the node itself. Needs kubectl.sh and etcdctl.sh.
section readyz
admin get --raw=/readyz || section "failed readyz"
if [ -f /etc/kubernetes/manifests/etcd.yaml ]; then
  section etcd-status
  etcd_ctl endpoint status -w json || section "failed etcd-status"
  section etcd-members
  etcd_ctl member list -w json || section "failed etcd-members"
  section etcd-alarms
  etcd_ctl alarm list || section "failed etcd-alarms"
fi
section end
