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
section addresses
ip -o addr show scope global 2>/dev/null | sed 's/.* inet6\{0,1\} \([^ /]*\).*/\1/'
section endpoint-addresses
host=$(sed -n 's|^ *server: https://\(.*\):[0-9]*$|\1|p' /etc/kubernetes/admin.conf 2>/dev/null | head -n 1)
# Only a name is looked up; a resolver that does not answer must not hold the look up.
case $host in
  [[]*) ;;
  *[a-z]*) timeout 3 getent ahosts "$host" 2>/dev/null | cut -d' ' -f1 | sort -u ;;
esac
section os-release
cat /etc/os-release 2>/dev/null
section package-manager
for manager in apt-get dnf5 dnf yum zypper; do
  command -v "$manager" >/dev/null 2>&1 && echo "$manager"
done

if command -v dpkg-query >/dev/null 2>&1; then
  section packages
  # It says what is on hold as well. apt-mark showhold would read all package lists first where apt has no cache of them.
  # shellcheck disable=SC2016 # the braces are dpkg's
  dpkg-query -W -f '${Package}\t${Version}\t${db:Status-Abbrev}\n' kubeadm kubelet kubectl kubernetes-cni cri-tools 2>/dev/null
  section interrupted-packages
  find /var/lib/dpkg/updates -type f 2>/dev/null
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    grep -qE 'core:?/stable:?/|kubernetes' "$file" || continue
    section "repository $file"
    cat "$file"
    for keyring in /etc/apt/keyrings/* /etc/apt/trusted.gpg.d/* /usr/share/keyrings/*; do
      # Public keys, as they are: a node need not have gpg, and gpg would write a folder of its own.
      if [ -f "$keyring" ] && grep -qF "/${keyring##*/}" "$file"; then
        section "keyring ${keyring##*/}"
        head -c 65536 "$keyring" | base64
      fi
    done
  done
  for file in /etc/apt/preferences /etc/apt/preferences.d/*; do
    if [ -f "$file" ] && grep -qE '^(Package:.*(kube|cri-tools)|Pin:.*(kube|k8s))' "$file"; then
      section "preferences ${file##*/}"
      cat "$file"
    fi
  done
fi
section package-locks
for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/lib/rpm/.rpm.lock; do
  [ -f "$file" ] || continue
  inode=$(find "$file" -printf '%i')
  # POSIX ADVISORY WRITE PID MAJOR:MINOR:INODE; a process of another PID namespace has PID 0 or less.
  pid=$(sed -n "s/^[0-9]*: [A-Z]* *[A-Z]* *WRITE \\([0-9]*\\) [0-9a-f]*:[0-9a-f]*:$inode .*/\\1/p" /proc/locks 2>/dev/null | head -n 1)
  [ -z "$pid" ] || printf '%s\t%s\t%s\n' "${file##*/}" "$pid" "$(cat "/proc/$pid/comm" 2>/dev/null)"
done

if command -v dnf5 >/dev/null 2>&1 || command -v dnf >/dev/null 2>&1 || command -v zypper >/dev/null 2>&1; then
  section rpm-packages
  # On stdout it also says what is not installed.
  rpm -q --qf '%{NAME}\t%{VERSION}-%{RELEASE}\n' kubeadm kubelet kubectl kubernetes-cni cri-tools 2>/dev/null | grep "$(printf '\t')"
  section rpm-keys
  # Armoured public keys; rpm's database knows who signs what only by their names.
  rpm -q --qf '%{DESCRIPTION}\n' gpg-pubkey 2>/dev/null | head -c 65536 | base64
  for file in /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo; do
    [ -f "$file" ] || continue
    grep -qE 'core:?/stable:?/|kubernetes' "$file" || continue
    section "repository $file"
    cat "$file"
  done
  for file in /etc/dnf/dnf.conf /etc/yum.conf /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml /etc/zypp/locks; do
    [ -f "$file" ] || continue
    section "package-config $file"
    cat "$file"
  done
fi

section programs
for name in kubeadm kubelet kubectl; do
  command -v "$name"
done
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
section kubelet-extra-flags
cat /etc/default/kubelet /etc/sysconfig/kubelet 2>/dev/null
section kubelet-config
cat /var/lib/kubelet/config.yaml 2>/dev/null

section manifests
for file in /etc/kubernetes/manifests/*.yaml; do
  [ -f "$file" ] || continue
  printf '%s\t%s\n' "${file##*/}" "$(sed -n 's/^ *image: //p' "$file" | head -n 1)"
done
for component in kube-apiserver kube-controller-manager kube-scheduler etcd; do
  [ -f "/etc/kubernetes/manifests/$component.yaml" ] || continue
  section "manifest $component"
  cat "/etc/kubernetes/manifests/$component.yaml"
done
section component-flags
for file in /etc/kubernetes/manifests/*.yaml; do
  [ -f "$file" ] || continue
  sed -n "s/^ *- \\(--[a-z].*\\)/${file##*/}\t\\1/p" "$file"
done
for file in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /var/lib/kubelet/pki/kubelet-client-current.pem; do
  [ -f "$file" ] || continue
  section "certificate ${file#*/pki/}"
  # The kubelet keeps certificate and private key in one file: only the former leaves the node.
  sed -n '/-BEGIN CERTIFICATE-/,/-END CERTIFICATE-/p' "$file"
done
for file in admin controller-manager scheduler; do
  [ -f "/etc/kubernetes/$file.conf" ] || continue
  section "certificate $file.conf"
  sed -n 's/^ *client-certificate-data: *//p' "/etc/kubernetes/$file.conf" | base64 -d 2>/dev/null
done
section ca-keys
for file in /etc/kubernetes/pki/ca.key /etc/kubernetes/pki/front-proxy-ca.key /etc/kubernetes/pki/etcd/ca.key; do
  [ -f "$file" ] && printf '%s\n' "${file#*/pki/}"
done
section api-server-endpoint
sed -n "s/^ *kubeadm.kubernetes.io\/kube-apiserver.advertise-address.endpoint: *['\"]*\([^'\"]*\).*/\1/p" /etc/kubernetes/manifests/kube-apiserver.yaml 2>/dev/null
etcd_data=$(sed -n 's/^ *- --data-dir=//p' /etc/kubernetes/manifests/etcd.yaml 2>/dev/null)
section etcd-data-dir
printf '%s\n' "$etcd_data"
section admin-conf
[ -s /etc/kubernetes/admin.conf ] && echo yes
section backups
for dir in /etc/kubernetes/tmp/*; do
  [ -e "$dir" ] && printf '%s\n' "${dir##*/}"
done
section backups-size
du -sk /etc/kubernetes/tmp 2>/dev/null | cut -f1

section swaps
tail -n +2 /proc/swaps 2>/dev/null
section cgroup
stat -fc %T /sys/fs/cgroup 2>/dev/null
section disk
df -Pk /var/cache/apt/archives /var/cache/dnf /var/cache/libdnf5 /var/cache/zypp /var/lib/kubelet /var/lib/containerd /var/lib/containers /var/lib/docker /etc/kubernetes "${etcd_data:-/var/lib/etcd}" /usr 2>/dev/null | tail -n +2
section etcd-size
du -skD "${etcd_data:-/var/lib/etcd}" 2>/dev/null | cut -f1

# Last: list-jobs.sh follows. Its section also says that everything before it came through.
section jobs
