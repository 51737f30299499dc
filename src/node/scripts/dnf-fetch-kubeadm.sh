# Fetches the kubeadm of an exact version and extracts it; installs nothing. What is staged already is not fetched again.
# Needs rpm-functions.sh and dnf-functions.sh.
# $1: folder for it; $2: dnf or dnf5; $3: repository file; $4: id; $5: minor that it names; $6: minor to read;
# $7: base URL or empty; $8: version. Leaves the path in $kubeadm.
fetch_kubeadm() {
  folder=$1 command=$2 file=$3 version=$8
  package=$(find /var/cache/dnf /var/cache/libdnf5 -name "kubeadm-$version-*.rpm" 2>/dev/null | sort | tail -n 1)
  if [ -z "$package" ]; then
    mkdir -p "$folder/download"
    if [ "$command" = dnf5 ]; then
      private_dnf "$folder" "$command" "$file" "$4" "$5" "$6" "$7" download "--destdir=$folder/download" "kubeadm-$version-*" >&2 || return
    else
      private_dnf "$folder" "$command" "$file" "$4" "$5" "$6" "$7" install --downloadonly "--downloaddir=$folder/download" "kubeadm-$version-*" >&2 || return
    fi
    package=$(find "$folder/download" -name "kubeadm-$version-*.rpm" | sort | tail -n 1)
  fi
  extract_kubeadm "$package" "$folder/extracted" "$file"
}
