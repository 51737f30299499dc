# What the scripts of nodes without packages have in common; goes before them.

# The folder in which a program of an exact version is kept until it is installed.
# shellcheck disable=SC2034 # for the scripts that follow
programs=/var/lib/kubeadm-upgrade/programs

# Downloads a program unless it is there, complete. What fails its checksum or signature never gets its name.
# $1: folder; $2: base URL, as https://dl.k8s.io; $3: keyring of the signature NAME.asc, or empty; $4: version with the v;
# $5: architecture as Go calls it; $6: name.
fetch_program() {
  file=$1/$6 address=$2/release/$4/bin/linux/$5/$6
  mkdir -p "$1"
  curl -fsSL --retry 3 --connect-timeout 30 -o "$file.sha256" "$address.sha256" || return
  if ! matches_checksum "$file"; then
    echo "downloading $address"
    rm -f "$file" "$file.part"
    curl -fsSL --retry 3 --connect-timeout 30 -o "$file.part" "$address" || return
    cp "$file.sha256" "$file.part.sha256"
    if ! matches_checksum "$file.part"; then
      echo "$address is not what its .sha256 says" >&2
      return 66
    fi
    if [ -n "$3" ]; then
      curl -fsSL --retry 3 --connect-timeout 30 -o "$file.part.asc" "$address.asc" || return
      gpgv --keyring "$3" "$file.part.asc" "$file.part" || return
    fi
    chmod 0755 "$file.part"
    mv "$file.part" "$file"
    rm -f "$file.part".*
  fi
}

# The first word: some mirrors write the name behind the sum. $1: file.
matches_checksum() {
  [ -f "$1" ] && [ "$(sha256sum "$1" | cut -d ' ' -f 1)" = "$(cut -d ' ' -f 1 "$1.sha256")" ]
}

# What a program says it is, with the v. $1: path of kubeadm, kubelet or kubectl.
program_version() {
  case ${1##*/} in
  kubeadm) "$1" version -o short ;;
  kubelet) "$1" --version | sed 's/^Kubernetes //' ;;
  kubectl) "$1" version --client | sed -n 's/^Client Version: //p' ;;
  esac
}
