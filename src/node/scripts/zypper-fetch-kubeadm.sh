# Fetches the kubeadm of an exact version and extracts it; installs nothing. What is staged already is not fetched again.
# Needs rpm-functions.sh and zypper-functions.sh.
# $1: folder for it; $2: repository file; $3: minor that it names; $4: minor to read; $5: base URL or empty; $6: version.
# Leaves the path in $kubeadm.
fetch_kubeadm() {
  folder=$1 file=$2 version=$6
  package=$(find /var/cache/zypp/packages -name "kubeadm-$version-*.rpm" 2>/dev/null | sort | tail -n 1)
  if [ -z "$package" ]; then
    private_zypper "$folder" "$file" "$3" "$4" "$5" download "kubeadm=$version" >&2 || return
    package=$(find "$folder/cache/packages" -name "kubeadm-$version-*.rpm" | sort | tail -n 1)
  fi
  extract_kubeadm "$package" "$folder/extracted" "$file"
}
