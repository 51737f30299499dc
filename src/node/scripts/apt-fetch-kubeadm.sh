# Extracts the kubeadm of an exact version, fetched through apt unless it is staged already; installs nothing. Needs apt-private.sh. Of the
# packages that kubeadm names none is needed: what it starts, the kubelet and the container runtime, is there.
# $1: folder for it; $2: repository file; $3: minor that it names; $4: minor to read;
# $5: base URL or empty; $6: package=version.
# Leaves the path in $kubeadm. Exit code: apt's or dpkg's, which say on stderr what went wrong.
# shellcheck disable=SC2034 # for the script that follows
fetch_kubeadm() {
  folder=$1 file=$2 named=$3 minor=$4 base=$5 wanted=$6
  # kubeadm=1.37.1-* is staged as kubeadm_1.37.1-1.1_amd64.deb.
  staged=$(find /var/cache/apt/archives -name "kubeadm_${wanted#*=}_*.deb" 2>/dev/null | sort | tail -n 1)
  if [ -n "$staged" ]; then
    mkdir -p "$folder"
    dpkg-deb -x "$staged" "$folder/extracted" >&2 || return
    kubeadm=$folder/extracted/usr/bin/kubeadm
    return
  fi
  private_apt "$folder" "$file" "$named" "$minor" "$base" apt-get update -q >&2 || return
  # Downloads into the current folder.
  (cd "$folder" && private_apt "$folder" "$file" "$named" "$minor" "$base" apt-get download -q "$wanted" >&2) || return
  for package in "$folder"/kubeadm_*.deb; do
    dpkg-deb -x "$package" "$folder/extracted" >&2 || return
  done
  rm -rf "$folder/lists" "$folder/cache" "$folder"/kubeadm_*.deb
  kubeadm=$folder/extracted/usr/bin/kubeadm
}
