# One look at a node, in one round trip; changes nothing.
# Prints sections: a line that starts with the record separator (octal 036) and names the section, then raw text.
section() { printf '\036%s\n' "$1"; }

section hostname
uname -n
section machine-id
cat /etc/machine-id 2>/dev/null
section boot-id
cat /proc/sys/kernel/random/boot_id
section clock
date +%s
section system
uname -sr
uname -m
section os-release
cat /etc/os-release 2>/dev/null
section package-manager
for manager in apt-get dnf5 dnf yum zypper; do
  command -v "$manager" >/dev/null 2>&1 && echo "$manager"
done

if command -v dpkg-query >/dev/null 2>&1; then
  section packages
  # shellcheck disable=SC2016 # the braces are dpkg's
  dpkg-query -W -f '${Package}\t${Version}\t${db:Status-Abbrev}\n' kubeadm kubelet kubectl kubernetes-cni cri-tools 2>/dev/null
  section holds
  apt-mark showhold 2>/dev/null
  section interrupted-packages
  find /var/lib/dpkg/updates -type f 2>/dev/null
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    grep -qE 'core:/stable:|kubernetes' "$file" || continue
    section "repository $file"
    cat "$file"
  done
fi

section kubeadm
kubeadm version -o short 2>/dev/null
section kubelet
kubelet --version 2>/dev/null
section kubectl
kubectl version --client 2>/dev/null | sed -n 's/^Client Version: //p'
section kubelet-service
systemctl show kubelet -p LoadState -p ActiveState -p SubState -p NRestarts 2>/dev/null
section kubelet-server
sed -n 's/^ *server: //p' /etc/kubernetes/kubelet.conf 2>/dev/null
section kubelet-flags
cat /var/lib/kubelet/kubeadm-flags.env 2>/dev/null

section manifests
for file in /etc/kubernetes/manifests/*.yaml; do
  [ -f "$file" ] || continue
  printf '%s\t%s\n' "${file##*/}" "$(sed -n 's/^ *image: //p' "$file" | head -n 1)"
done
section api-server-endpoint
sed -n 's/^ *kubeadm.kubernetes.io\/kube-apiserver.advertise-address.endpoint: *//p' /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null
section etcd-data-dir
sed -n 's/^ *- --data-dir=//p' /etc/kubernetes/manifests/etcd.yaml 2>/dev/null
section admin-conf
[ -s /etc/kubernetes/admin.conf ] && echo yes
section backups
for dir in /etc/kubernetes/tmp/*; do
  [ -e "$dir" ] && printf '%s\n' "${dir##*/}"
done

section swaps
tail -n +2 /proc/swaps 2>/dev/null
section cgroup
stat -fc %T /sys/fs/cgroup 2>/dev/null
section disk
df -Pk /var/cache/apt/archives /var/lib/kubelet /var/lib/containerd /etc/kubernetes /var/lib/etcd /usr 2>/dev/null | tail -n +2
section etcd-size
du -sk /var/lib/etcd 2>/dev/null | cut -f1

# Last: list-jobs.sh follows. Its section also says that everything before it came through.
section jobs
